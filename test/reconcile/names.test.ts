import { describe, expect, test } from 'vitest'
import { decideChange } from '../../src/http/cluster-change.ts'
import { adapters } from '../../src/providers/adapters.ts'
import { patchCluster, requestDelete, requestRetry } from '../../src/store/change-cluster.ts'
import { expectExplained } from './explained.ts'
import { asker, Bench, projectId } from './harness.ts'
import type { ProviderId } from './verbs.ts'

const create = { zilliz: 'createServerless', fireworks: 'createCluster' } as const

/** Somebody else makes a cluster that looks just like the one to be asked for. */
function addStranger(bench: Bench, provider: ProviderId): void {
  if (provider === 'zilliz') {
    const kind = 'serverless' as const
    bench.zilliz.addCluster({ clusterName: 'one', projectId, regionId: 'gcp-us-west1', kind })
  } else {
    const eksCluster = { awsAccountId: '123456789012', region: 'us-east-1' }
    bench.fireworks.addCluster({ clusterId: 'one', eksCluster })
  }
}

const conflict = {
  state: 'FAILED',
  externalId: null,
  operation: { status: 'FAILED', error: { code: 'provider-name-taken' } },
}

describe.each(['zilliz', 'fireworks'] as const)('a name at %s', (provider) => {
  test.each([0, 3600_000, -3600_000])(
    'that a stranger had before is a conflict, whatever the clocks say (%i ms apart)',
    async (aheadMs) => {
      await using bench = new Bench({ aheadMs })
      const connection = await bench.connect(provider)
      addStranger(bench, provider)
      bench.clock.advance(60_000)
      const plain = await bench.create(connection, 'one')
      await bench.settle()
      expect(await bench.cluster(plain)).toMatchObject(conflict)
      await requestDelete(bench.store, { who: asker }, plain)
      await bench.settle()
      bench[provider].faults.add({ operation: create[provider], fault: { kind: 'dropAfter' } })
      const unsure = await bench.create(connection, 'one')
      await bench.settle()
      expect(await bench.cluster(unsure)).toMatchObject(conflict)
      await requestDelete(bench.store, { who: asker }, unsure)
      await bench.settle()
      expect((await bench.cluster(unsure)).state).toBe('DELETED')
      expect(bench[provider].clusters()).toMatchObject([{ deleted: false }])
      await expectExplained(bench)
    },
  )

  test('that is refused after an unknown attempt is found to be held by our own cluster', async () => {
    await using bench = new Bench()
    const connection = await bench.connect(provider)
    await bench.settle(0)
    const id = await bench.create(connection, 'one')
    let land: () => Promise<unknown> = async () => {}
    const impatient = bench.replica(async (request) => {
      if (request.operation === create[provider]) land = () => bench.send(request)
      return { status: 504, headers: {}, text: '' }
    })
    await impatient.startDue()
    await impatient.idle()
    // Two looks find nothing; then the first call lands, just before the second one.
    const second = bench.replica(async (request) => {
      if (request.operation === create[provider]) await land()
      return bench.send(request)
    })
    for (let step = 0; step < 4; step++) {
      await second.startDue()
      await second.idle()
      bench.clock.advance(11_000)
    }
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject({ state: 'READY', operation: { status: 'SUCCEEDED' } })
    expect(bench[provider].clusters()).toHaveLength(1)
    expect(await bench.outcomes(id)).toEqual(['UNKNOWN', 'FAILED'])
    await expectExplained(bench)
  })

  test('that is refused to a retry is found to be held by an attempt from before the failure', async () => {
    await using bench = new Bench()
    const connection = await bench.connect(provider)
    await bench.settle(0)
    const id = await bench.create(connection, 'one')
    let land: () => Promise<unknown> = async () => {}
    const impatient = bench.replica(async (request) => {
      if (request.operation === create[provider]) land = () => bench.send(request)
      return { status: 504, headers: {}, text: '' }
    })
    await impatient.startDue()
    await impatient.idle()
    bench[provider].faults.add({ operation: create[provider], fault: { kind: 'status', status: 401 } })
    await bench.settle()
    expect((await bench.cluster(id)).state).toBe('FAILED')
    await land()
    await requestRetry(bench.store, { who: asker }, id)
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject({ state: 'READY', operation: { status: 'SUCCEEDED' } })
    expect(bench[provider].clusters()).toHaveLength(1)
    await expectExplained(bench)
  })

  test('of our own cluster is recognized by a clock that is not ours', async () => {
    for (const aheadMs of [3600_000, -3600_000]) {
      await using bench = new Bench({ aheadMs })
      const connection = await bench.connect(provider)
      bench[provider].faults.add({ operation: create[provider], fault: { kind: 'dropAfter' } })
      const id = await bench.create(connection, 'one')
      await bench.settle()
      expect((await bench.cluster(id)).state).toBe('READY')
    }
  })
})

test.each(['removal', 'insertion'] as const)(
  'a cluster of ours is found in a list that moves while it is read (%s)',
  async (change) => {
    await using bench = new Bench()
    const connection = await bench.connect('zilliz')
    await bench.settle(0)
    bench.zilliz.faults.add({ operation: 'createServerless', fault: { kind: 'dropAfter' } })
    const id = await bench.create(connection, 'one')
    await bench.settle(0)
    // Newer ones come first, so that ours is at the head of the second page.
    for (let i = 0; i < 100; i++) bench.zilliz.addCluster({ clusterName: `newer-${i}` })
    bench.zilliz.faults.add({ operation: 'listClusters', fault: { kind: 'shiftPages', change } })
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject({ state: 'READY', operation: { attempts: 1 } })
  },
)

test('a name that is refused although nobody has it fails with the reason, instead of being tried for ever', async () => {
  await using bench = new Bench({ mode: { nameAfterDrop: 'kept' } })
  const connection = await bench.connect('zilliz')
  const first = await bench.create(connection, 'one')
  await bench.settle()
  await requestDelete(bench.store, { who: asker }, first)
  await bench.settle()
  bench.zilliz.faults.add({ operation: 'createServerless', fault: { kind: 'dropBefore' } })
  const second = await bench.create(connection, 'one')
  await bench.settle()
  expect(await bench.cluster(second)).toMatchObject(conflict)
  await requestRetry(bench.store, { who: asker }, second)
  await bench.settle()
  expect(await bench.cluster(second)).toMatchObject(conflict)
  await expectExplained(bench)
})

test('a name given up by a rename stays with whoever took it, when the rename fails', async () => {
  await using bench = new Bench()
  const connection = await bench.connect('zilliz')
  const renamed = await bench.create(connection, 'one')
  await bench.settle()
  const rename = (name: string) =>
    patchCluster(bench.store, { who: asker }, renamed, (row) => {
      if (!adapters.zilliz) throw new Error('there is no such adapter')
      return decideChange(adapters.zilliz, {}, row, { name })
    })
  bench.zilliz.faults.add({ operation: 'renameCluster', fault: { kind: 'status', status: 401 } })
  await rename('two')
  const other = await bench.create(connection, 'one')
  await bench.settle()
  expect(await bench.cluster(other)).toMatchObject({ name: 'one', ...conflict })
  expect(await bench.cluster(renamed)).toMatchObject({ name: 'two', operation: { status: 'FAILED' } })
  await requestRetry(bench.store, { who: asker }, renamed)
  await bench.settle()
  await requestRetry(bench.store, { who: asker }, other)
  await bench.settle()
  expect(await bench.cluster(renamed)).toMatchObject({ name: 'two', state: 'READY' })
  expect(await bench.cluster(other)).toMatchObject({ name: 'one', state: 'READY' })
  await expectExplained(bench)
})
