import { expect, test } from 'vitest'
import { readClusterRow, updateClusterRow } from '../../src/store/cluster-rows.ts'
import { readStateCounts } from '../../src/store/measures.ts'
import { eksCluster, openHarness } from '../http/harness.ts'

test('the numbers are those of the table, through a life of changes and changes undone', async () => {
  await using harness = await openHarness()
  const { store } = harness
  const counted = async () => {
    const { db, tables } = store.reader
    const rows = await db
      .select({ provider: tables.clusters.provider, state: tables.clusters.state })
      .from(tables.clusters)
    const names = rows.map(({ provider, state }) => `${provider} ${state}`).sort()
    const told = (await readStateCounts(store)).flatMap(({ provider, state, total }) =>
      Array.from({ length: total }, () => `${provider} ${state}`),
    )
    expect(told.sort()).toEqual(names)
    return names
  }
  const id = await harness.makeCluster()
  await harness.makeCluster({ name: 'another', team: 'ads' })
  await harness.makeCluster(eksCluster)
  expect(await counted()).toEqual(['fireworks PENDING', 'zilliz PENDING', 'zilliz PENDING'])
  await harness.settle(id)
  await harness.settle(id, { stateReason: 'no other state' })
  expect(await counted()).toContain('zilliz READY')
  const change = (patch: { state: 'FAILED' | 'DELETED' }, after = () => {}) =>
    store.write(async (session) => {
      await updateClusterRow(store, session, await readClusterRow(session, id), patch)
      after()
    })
  const undo = () => {
    throw new Error('undone')
  }
  await expect(change({ state: 'FAILED' }, undo)).rejects.toThrow('undone')
  expect(await counted()).toContain('zilliz READY')
  await change({ state: 'DELETED' })
  expect(await counted()).toEqual(['fireworks PENDING', 'zilliz DELETED', 'zilliz PENDING'])
})
