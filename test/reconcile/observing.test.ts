import { describe, expect, test } from 'vitest'
import type { Cluster } from '../../src/cluster/cluster.ts'
import { requestDelete, requestRefresh, requestRetry } from '../../src/store/change-cluster.ts'
import { expectExplained } from './explained.ts'
import { asker, Bench } from './harness.ts'
import { arrange, type ProviderId, verbs } from './verbs.ts'

const names = {
  zilliz: { create: 'createServerless', describe: 'describeCluster', failed: 'ABNORMAL' },
  fireworks: { create: 'createCluster', describe: 'getCluster', failed: 'FAILED' },
} as const

const minute = 60_000

/** The provider sets a cluster right that did not become ready by itself. */
function mend(bench: Bench, provider: ProviderId, { externalId }: Cluster): void {
  if (provider === 'zilliz') bench.zilliz.changeCluster(String(externalId), { status: 'RUNNING' })
  else bench.fireworks.changeCluster(String(externalId), { state: 'READY' })
}

test('a new cluster that cannot be described yet is waited for, also after a long wait for its create', async () => {
  await using bench = new Bench({ mode: { describeLagMs: 90_000 } })
  const connection = await bench.connect('zilliz')
  await bench.settle(0)
  const fault = { kind: 'status', status: 429, headers: { 'retry-after': '600' } } as const
  bench.zilliz.faults.add({ operation: 'createServerless', fault })
  const id = await bench.create(connection, 'one')
  await bench.settle()
  expect(await bench.cluster(id)).toMatchObject({
    state: 'READY',
    operation: { status: 'SUCCEEDED', attempts: 2 },
  })
  await expectExplained(bench)
})

describe.each(['zilliz', 'fireworks'] as const)('a cluster at %s', (provider) => {
  const { create, describe: look, failed } = names[provider]

  test('that cannot be found for a moment is not missing', async () => {
    await using bench = new Bench()
    const connection = await bench.connect(provider)
    bench[provider].faults.add({ operation: look, fault: { kind: 'notFoundOnce' } })
    const id = await bench.create(connection, 'one')
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject({ state: 'READY', operation: { status: 'SUCCEEDED' } })
  })

  test('that vanishes while it is created fails as missing, after a while', async () => {
    await using bench = new Bench()
    const connection = await bench.connect(provider)
    const id = await bench.create(connection, 'one')
    await bench.settle(1000)
    bench[provider].removeCluster(String((await bench.cluster(id)).externalId))
    await bench.settle(2 * minute)
    expect((await bench.cluster(id)).state).toBe('CREATING')
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject({
      state: 'MISSING',
      operation: { status: 'FAILED', error: { code: 'cluster-missing' } },
    })
    await expectExplained(bench)
  })

  test('in a state that has no name here is unknown, never failed, and watched on', async () => {
    await using bench = new Bench()
    const connection = await bench.connect(provider)
    bench[provider].faults.add({ operation: look, fault: { kind: 'state', state: 'PONDERING' }, times: 2 })
    const id = await bench.create(connection, 'one')
    await bench.settle(5000)
    expect(await bench.cluster(id)).toMatchObject({
      state: 'UNKNOWN',
      providerState: 'PONDERING',
      operation: { status: 'RUNNING' },
    })
    await bench.settle()
    expect((await bench.cluster(id)).state).toBe('READY')
    await expectExplained(bench)
  })

  test('that takes longer to create than it ever should says so, and is watched on', async () => {
    await using bench = new Bench()
    const connection = await bench.connect(provider)
    bench[provider].faults.add({ operation: create, fault: { kind: 'stuck' } })
    const id = await bench.create(connection, 'one')
    await bench.settle(70 * minute)
    const overdue = await bench.cluster(id)
    expect(overdue).toMatchObject({
      state: 'CREATING',
      operation: { status: 'RUNNING', error: { code: 'overdue' } },
    })
    mend(bench, provider, overdue)
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject({
      state: 'READY',
      stateReason: null,
      operation: { status: 'SUCCEEDED', error: null },
    })
    await expectExplained(bench)
  })

  test('that its provider could not make has failed, says why, and can be deleted', async () => {
    await using bench = new Bench()
    const connection = await bench.connect(provider)
    bench[provider].faults.add({ operation: create, fault: { kind: 'fail', message: 'No such role.' } })
    const id = await bench.create(connection, 'one')
    await bench.settle()
    const cluster = await bench.cluster(id)
    expect(cluster).toMatchObject({
      state: 'FAILED',
      providerState: failed,
      operation: { status: 'FAILED', error: { code: 'provider-reports-failure', retryable: false } },
    })
    expect(cluster.stateReason).toMatch(provider === 'zilliz' ? /abnormal/ : /No such role/)
    expect(cluster.drift).toBeNull()
    await requestDelete(bench.store, { who: asker }, id)
    await bench.settle()
    expect((await bench.cluster(id)).state).toBe('DELETED')
    await expectExplained(bench)
  })

  test('that failed and was mended at its provider is ready after a retry, without another create', async () => {
    await using bench = new Bench()
    const connection = await bench.connect(provider)
    bench[provider].faults.add({ operation: create, fault: { kind: 'fail' } })
    const id = await bench.create(connection, 'one')
    await bench.settle()
    mend(bench, provider, await bench.cluster(id))
    await requestRetry(bench.store, { who: asker }, id)
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject({ state: 'READY', operation: { status: 'SUCCEEDED' } })
    expect(await bench.outcomes(id)).toEqual(['SUCCEEDED'])
    await expectExplained(bench)
  })

  test('of which nothing is known upstream cannot be refreshed, and is not asked about for ever', async () => {
    await using bench = new Bench()
    const connection = await bench.connect(provider)
    await bench.settle(0)
    bench[provider].faults.add({ operation: create, fault: { kind: 'status', status: 401 } })
    const id = await bench.create(connection, 'one')
    await requestRefresh(bench.store, { who: asker }, id)
    await bench.settle()
    await expect(requestRefresh(bench.store, { who: asker }, id)).rejects.toMatchObject({
      code: 'wrong-state',
    })
    bench[provider].requests.clear()
    await bench.settle()
    expect(bench[provider].requests.list()).toEqual([])
  })

  test('under a failing provider shows why, without a new version for every try', async () => {
    await using bench = new Bench()
    const connection = await bench.connect(provider)
    const id = await bench.create(connection, 'one')
    await bench.settle(1000)
    bench[provider].faults.add({ operation: look, fault: { kind: 'html', status: 503 }, times: 50 })
    await bench.settle(5 * minute)
    const early = await bench.cluster(id)
    expect(early.operation?.error).toMatchObject({
      code: 'provider-unavailable',
      provider: { httpStatus: 503 },
    })
    await bench.settle(10 * minute)
    expect((await bench.cluster(id)).version).toBe(early.version)
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject({ state: 'READY', operation: { error: null } })
    await expectExplained(bench)
  })
})

test('an update whose cluster is suspended meanwhile fails, and shows the cluster as it is', async () => {
  await using bench = new Bench()
  const verb = verbs.find(({ kind, provider }) => kind === 'update' && provider === 'zilliz')
  if (!verb) throw new Error('there is no such verb')
  const { ask } = await arrange(bench, verb)
  const id = await ask()
  bench.zilliz.changeCluster(String((await bench.cluster(id)).externalId), { status: 'STOPPED' })
  await bench.settle()
  expect(await bench.cluster(id)).toMatchObject({
    state: 'SUSPENDED',
    spec: { cuSize: 1 },
    operation: { kind: 'update', status: 'FAILED' },
  })
  await expectExplained(bench)
})

test('an update of a cluster that is gone fails as missing', async () => {
  await using bench = new Bench()
  const verb = verbs.find(({ kind, provider }) => kind === 'update' && provider === 'fireworks')
  if (!verb) throw new Error('there is no such verb')
  const { ask } = await arrange(bench, verb)
  bench.fireworks.removeCluster('one')
  const id = await ask()
  await bench.settle()
  expect(await bench.cluster(id)).toMatchObject({
    state: 'MISSING',
    operation: { kind: 'update', status: 'FAILED', error: { code: 'cluster-missing' } },
  })
  await expectExplained(bench)
})
