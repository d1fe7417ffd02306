import { expect, test } from 'vitest'
import { approveCluster } from '../../src/store/approvals.ts'
import { requestDelete, requestRetry } from '../../src/store/change-cluster.ts'
import { requestVisit } from '../../src/store/connections.ts'
import { nextDueTime } from '../../src/store/due.ts'
import { putPolicy } from '../../src/store/policies.ts'
import { asker, Bench, projectId } from './harness.ts'

const approver = { ...asker, actor: { ...asker.actor, id: 'key_other', displayName: 'another' } }
const approval = { above: { clusters: 0 }, role: 'admin', expireSeconds: 3600 } as const

async function waitingBench(provider: 'zilliz' | 'fireworks' = 'zilliz') {
  const bench = new Bench()
  const connection = await bench.connect(provider)
  await bench.settle(0)
  await putPolicy(bench.store, { who: asker }, 'search', { approval })
  const id = await bench.create(connection, 'waits')
  return { bench, connection, id }
}

const approve = (bench: Bench, id: string) =>
  approveCluster(bench.store, { who: approver }, id, { roles: ['admin'], reason: null })

test.each(['zilliz', 'fireworks'] as const)(
  'what waits for approval is not asked of %s before it is approved, and then is',
  async (provider) => {
    const { bench: opened, id } = await waitingBench(provider)
    await using bench = opened
    await bench.settle(1800_000)
    expect(bench[provider].clusters()).toEqual([])
    expect(await bench.outcomes(id)).toEqual([])
    await approve(bench, id)
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject({
      state: 'READY',
      approval: { status: 'APPROVED' },
      operation: { kind: 'create', status: 'SUCCEEDED', attempts: 1 },
    })
    expect(bench[provider].clusters()).toHaveLength(1)
  },
)

test('not even where its row is due by mistake', async () => {
  const { bench: opened, id } = await waitingBench()
  await using bench = opened
  const { clusters } = bench.store.reader.tables
  await bench.store.write(async ({ db }) => {
    await db.update(clusters).set({ dueTime: bench.clock.now() })
  })
  await bench.settle(600_000)
  expect((await bench.cluster(id)).state).toBe('PENDING_APPROVAL')
  expect(bench.zilliz.clusters()).toEqual([])
})

test('the reconciler wakes when a wait runs out, and ends the create', async () => {
  const { bench: opened, id } = await waitingBench()
  await using bench = opened
  expect(await nextDueTime(bench.store)).toBe(bench.clock.now() + 3600_000)
  await bench.settle()
  expect(await bench.cluster(id)).toMatchObject({
    state: 'FAILED',
    approval: { status: 'EXPIRED' },
    operation: { error: { code: 'approval-expired' } },
  })
  expect(bench.zilliz.clusters()).toEqual([])
  await requestDelete(bench.store, { who: asker }, id)
  await bench.settle()
  expect((await bench.cluster(id)).state).toBe('DELETED')
})

test('a retry of it waits anew, and the provider is asked once', async () => {
  const { bench: opened, id } = await waitingBench()
  await using bench = opened
  await bench.settle()
  await requestRetry(bench.store, { who: asker }, id)
  expect((await bench.cluster(id)).state).toBe('PENDING_APPROVAL')
  await approve(bench, id)
  await bench.settle()
  expect(await bench.cluster(id)).toMatchObject({ state: 'READY', operation: { attempts: 1 } })
})

test('what is deleted while it waits is gone, and was never asked for', async () => {
  const { bench: opened, id } = await waitingBench()
  await using bench = opened
  await requestDelete(bench.store, { who: asker }, id)
  await bench.settle()
  expect(await bench.cluster(id)).toMatchObject({ state: 'DELETED', approval: { status: 'WITHDRAWN' } })
  expect(bench.zilliz.clusters()).toEqual([])
})

test("a stranger's cluster of its name is found by a sync, and is not taken for it", async () => {
  const { bench: opened, connection, id } = await waitingBench()
  await using bench = opened
  bench.zilliz.addCluster({ clusterName: 'waits', projectId, regionId: 'gcp-us-west1', kind: 'serverless' })
  bench.clock.advance(1000)
  await requestVisit(bench.store, { who: asker }, connection.id, 'connection.sync')
  await bench.settle(60_000)
  const { clusters } = bench.store.reader.tables
  const rows = await bench.store.reader.db.select().from(clusters)
  expect(rows.map(({ management, state }) => [management, state]).sort()).toEqual([
    ['MANAGED', 'PENDING_APPROVAL'],
    ['UNMANAGED', 'READY'],
  ])
  await approve(bench, id)
  await bench.settle()
  expect(await bench.cluster(id)).toMatchObject({
    state: 'FAILED',
    operation: { error: { code: 'provider-name-taken' } },
  })
})
