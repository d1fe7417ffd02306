import { describe, expect, test } from 'vitest'
import { requestDelete } from '../../src/store/change-cluster.ts'
import { asker, Bench } from './harness.ts'

describe.each(['zilliz', 'fireworks'] as const)('a cluster at %s', (provider) => {
  test('is created, seen ready, deleted and gone, with one call each', async () => {
    await using bench = new Bench()
    const connection = await bench.connect(provider)
    const id = await bench.create(connection, 'one')
    await bench.settle()
    const ready = await bench.cluster(id)
    expect(ready).toMatchObject({
      state: 'READY',
      operation: { kind: 'create', status: 'SUCCEEDED', attempts: 1 },
    })
    expect(ready.credentialState).toBe(provider === 'zilliz' ? 'AVAILABLE' : 'NONE')
    expect(Object.keys(ready.providerDetails)).toEqual(
      provider === 'zilliz' ? ['prompt'] : ['name', 'createTime', 'updateTime', 'statusCode'],
    )
    await requestDelete(bench.store, { who: asker }, id)
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject({
      state: 'DELETED',
      operation: { kind: 'delete', status: 'SUCCEEDED', attempts: 1 },
    })
  })

  test('whose create reply is lost is found and adopted, never made twice', async () => {
    await using bench = new Bench()
    const connection = await bench.connect(provider)
    await bench.settle(0)
    const sandbox = bench[provider]
    const operation = provider === 'zilliz' ? 'createServerless' : 'createCluster'
    sandbox.faults.add({ operation, fault: { kind: 'dropAfter' } })
    const id = await bench.create(connection, 'lost')
    await bench.settle()
    const cluster = await bench.cluster(id)
    expect(cluster).toMatchObject({ state: 'READY', operation: { status: 'SUCCEEDED', attempts: 1 } })
    expect(cluster.credentialState).toBe(provider === 'zilliz' ? 'LOST' : 'NONE')
    expect(sandbox.clusters()).toHaveLength(1)
  })

  test('whose create never arrived is asked for again after two looks', async () => {
    await using bench = new Bench()
    const connection = await bench.connect(provider)
    await bench.settle(0)
    const sandbox = bench[provider]
    const operation = provider === 'zilliz' ? 'createServerless' : 'createCluster'
    sandbox.faults.add({ operation, fault: { kind: 'html', status: 502 } })
    const id = await bench.create(connection, 'again')
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject({
      state: 'READY',
      operation: { status: 'SUCCEEDED', attempts: 2 },
    })
    expect(sandbox.clusters()).toHaveLength(1)
  })
})
