import { describe, expect, test } from 'vitest'
import type { Send } from '../../src/cluster/provider.ts'
import { decideChange } from '../../src/http/cluster-change.ts'
import { adapters } from '../../src/providers/adapters.ts'
import { patchCluster, requestDelete } from '../../src/store/change-cluster.ts'
import { allCredentials } from '../simulation/rows.ts'
import { expectExplained } from './explained.ts'
import { asker, Bench } from './harness.ts'
import { dedicated, type ProviderId } from './verbs.ts'

const operations = {
  zilliz: { create: 'createServerless', describe: 'describeCluster', delete: 'dropCluster' },
  fireworks: { create: 'createCluster', describe: 'getCluster', delete: 'deleteCluster' },
} as const

async function begin(bench: Bench, provider: ProviderId) {
  const connection = await bench.connect(provider)
  await bench.settle(0)
  const { requests, faults } = bench[provider]
  const remove = (id: string) => requestDelete(bench.store, { who: asker }, id)
  const calls = (operation: string) => requests.list().filter((request) => request.operation === operation)
  const alive = () => bench[provider].clusters().filter((row) => 'deleted' in row && !row.deleted)
  return { connection, faults, remove, calls, alive, names: operations[provider] }
}

const gone = { state: 'DELETED', operation: { kind: 'delete', status: 'SUCCEEDED' } }

describe.each(['zilliz', 'fireworks'] as const)('a delete at %s', (provider) => {
  test('before the create was called for calls for nothing', async () => {
    await using bench = new Bench()
    const { connection, remove, calls, names } = await begin(bench, provider)
    const id = await bench.create(connection, 'one')
    await remove(id)
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject(gone)
    expect(calls(names.create)).toHaveLength(0)
    await expectExplained(bench)
  })

  test('during the call that creates deletes what the call made', async () => {
    await using bench = new Bench()
    const { connection, remove, calls, alive, names } = await begin(bench, provider)
    const id = await bench.create(connection, 'one')
    const send: Send = async (request) => {
      const answer = await bench.send(request)
      if (request.operation === names.create) await remove(id)
      return answer
    }
    const busy = bench.replica(send)
    await busy.startDue()
    await busy.idle()
    expect(await bench.cluster(id)).toMatchObject({ state: 'DELETING', operation: { kind: 'delete' } })
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject(gone)
    expect(alive()).toEqual([])
    expect(calls(names.delete)).toHaveLength(1)
    await expectExplained(bench)
  })

  test('during a create that is refused ends with nothing', async () => {
    await using bench = new Bench()
    const { connection, remove, calls, names } = await begin(bench, provider)
    const id = await bench.create(connection, 'one')
    const busy = bench.replica(async (request) => {
      await remove(id)
      return { ...(await bench.send({ ...request, headers: {} })), status: 401 }
    })
    await busy.startDue()
    await busy.idle()
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject(gone)
    expect(calls(names.delete)).toHaveLength(0)
    await expectExplained(bench)
  })

  test.each([
    ['happened', 'dropAfter', 1],
    ['did not happen', 'dropBefore', 0],
  ] as const)('after a create of unknown outcome that %s leaves nothing behind', async (_, kind, deletes) => {
    await using bench = new Bench()
    const { connection, faults, remove, calls, alive, names } = await begin(bench, provider)
    faults.add({ operation: names.create, fault: { kind } })
    const id = await bench.create(connection, 'one')
    await bench.settle(0)
    expect((await bench.cluster(id)).operation?.status).toBe('OUTCOME_UNKNOWN')
    await remove(id)
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject(gone)
    expect(alive()).toEqual([])
    expect(calls(names.create)).toHaveLength(1)
    expect(calls(names.delete)).toHaveLength(deletes)
    await expectExplained(bench)
  })

  test('waits for a create that lands long after it was given up', async () => {
    await using bench = new Bench()
    const { connection, remove, alive, names } = await begin(bench, provider)
    const id = await bench.create(connection, 'one')
    let land: () => Promise<unknown> = async () => {}
    const impatient = bench.replica(async (request) => {
      if (request.operation === names.create) land = () => bench.send(request)
      return { status: 504, headers: {}, text: '<html>Gateway Timeout</html>' }
    })
    await impatient.startDue()
    await impatient.idle()
    await remove(id)
    await bench.settle(90_000)
    expect((await bench.cluster(id)).state).toBe('DELETING')
    await land()
    expect(alive()).toHaveLength(1)
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject(gone)
    expect(alive()).toEqual([])
    await expectExplained(bench)
  })

  test('while nobody may describe the new cluster yet is not over before it was asked for', async () => {
    await using bench = new Bench()
    const { connection, faults, remove, calls, alive, names } = await begin(bench, provider)
    const id = await bench.create(connection, 'one')
    await bench.settle(0)
    faults.add({ operation: names.describe, fault: { kind: 'notFoundOnce' } })
    const asking = bench.replica(async (request) => {
      if (request.operation === names.describe) await remove(id)
      return bench.send(request)
    })
    bench.clock.advance(3000)
    await asking.startDue()
    await asking.idle()
    expect((await bench.cluster(id)).state).toBe('DELETING')
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject(gone)
    expect(alive()).toEqual([])
    expect(calls(names.delete).length).toBeGreaterThan(0)
  })

  test('is not believed on the strength of one hasty answer', async () => {
    await using bench = new Bench()
    const { connection, faults, remove, alive, names } = await begin(bench, provider)
    const id = await bench.create(connection, 'one')
    await bench.settle()
    const stuck = bench[provider]
    faults.add({ operation: names.delete, fault: { kind: 'html', status: 500 } })
    faults.add({ operation: names.describe, fault: { kind: 'notFoundOnce' } })
    await remove(id)
    await bench.settle(4000)
    expect(stuck.clusters()).toHaveLength(1)
    expect((await bench.cluster(id)).state).toBe('DELETING')
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject(gone)
    expect(alive()).toEqual([])
  })

  test('of what is gone already succeeds', async () => {
    await using bench = new Bench()
    const { connection, remove } = await begin(bench, provider)
    const id = await bench.create(connection, 'one')
    await bench.settle()
    const { externalId } = await bench.cluster(id)
    bench[provider].removeCluster(String(externalId))
    await remove(id)
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject({ ...gone, credentialState: 'NONE' })
    expect(await allCredentials(bench.store)).toEqual([])
    await expectExplained(bench)
  })

  test('of a create that failed for good calls for nothing, and gives the name back', async () => {
    await using bench = new Bench()
    const { connection, faults, remove, calls, names } = await begin(bench, provider)
    faults.add({ operation: names.create, fault: { kind: 'status', status: 401 } })
    const id = await bench.create(connection, 'one')
    await bench.settle()
    expect((await bench.cluster(id)).state).toBe('FAILED')
    await remove(id)
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject(gone)
    expect(calls(names.delete)).toHaveLength(0)
    const again = await bench.create(connection, 'one')
    await bench.settle()
    expect((await bench.cluster(again)).state).toBe('READY')
  })

  test('of a create that failed after an unknown attempt looks for that attempt first', async () => {
    await using bench = new Bench()
    const { connection, faults, remove, alive, names } = await begin(bench, provider)
    const id = await bench.create(connection, 'one')
    let land: () => Promise<unknown> = async () => {}
    const impatient = bench.replica(async (request) => {
      if (request.operation === names.create) land = () => bench.send(request)
      return { status: 504, headers: {}, text: '' }
    })
    await impatient.startDue()
    await impatient.idle()
    faults.add({ operation: names.create, fault: { kind: 'status', status: 401 } })
    await bench.settle()
    expect((await bench.cluster(id)).state).toBe('FAILED')
    await land()
    expect(alive()).toHaveLength(1)
    await remove(id)
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject(gone)
    expect(alive()).toEqual([])
    await expectExplained(bench)
  })

  test('during the call of another change is asked for as soon as that call has ended', async () => {
    await using bench = new Bench()
    const { connection, remove, calls, names } = await begin(bench, provider)
    const id = await bench.create(connection, 'one', provider === 'zilliz' ? dedicated : undefined)
    await bench.settle()
    await patchCluster(bench.store, { who: asker }, id, (row) => {
      const adapter = adapters[provider]
      if (!adapter) throw new Error(`there is no adapter for ${provider}`)
      const wanted = provider === 'zilliz' ? { name: 'other' } : { displayName: 'Other' }
      return decideChange(adapter, {}, row, wanted)
    })
    const busy = bench.replica(async (request) => {
      const answer = await bench.send(request)
      if (request.method !== 'GET') await remove(id)
      return answer
    })
    await busy.startDue()
    await busy.idle()
    expect(await bench.outcomes(id)).toEqual(['SUCCEEDED', 'SUCCEEDED'])
    await bench.settle(0)
    expect(calls(names.delete)).toHaveLength(1)
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject(gone)
    await expectExplained(bench)
  })

  test('of what was created twice leaves nothing, though the second create lands when the first is gone', async () => {
    await using bench = new Bench()
    const { connection, remove, alive, calls, names } = await begin(bench, provider)
    const id = await bench.create(connection, 'one')
    const late: (() => Promise<unknown>)[] = []
    const lossy: Send = async (request) => {
      if (request.operation !== names.create || late.length === 2) return bench.send(request)
      late.push(() => bench.send(request))
      return { status: 504, headers: {}, text: '' }
    }
    bench.reconciler = bench.replica(lossy)
    const passUntil = async (happened: () => boolean) => {
      for (let s = 0; s < 600 && !happened(); s++) {
        bench.clock.advance(1000)
        await bench.settle(0)
      }
    }
    await passUntil(() => late.length === 2)
    await late[0]?.()
    await remove(id)
    await passUntil(() => calls(names.delete).length > 0 && alive().length === 0)
    await late[1]?.()
    expect(alive()).toHaveLength(1)
    await bench.settle()
    expect(alive()).toEqual([])
    expect(await bench.cluster(id)).toMatchObject(gone)
    await expectExplained(bench)
  })

  test('that somebody else has begun at the provider is watched to its end', async () => {
    await using bench = new Bench()
    const { connection, remove, alive } = await begin(bench, provider)
    const id = await bench.create(connection, 'one')
    await bench.settle()
    const key = provider === 'zilliz' ? bench.zilliz.apiKey : bench.fireworks.apiKey
    const path =
      provider === 'zilliz'
        ? `https://zilliz.test/v2/clusters/${(await bench.cluster(id)).externalId}/drop`
        : `https://fireworks.test/v1/accounts/${bench.fireworks.accountId}/clusters/one`
    const headers = { authorization: `Bearer ${key}` }
    await bench.send({ operation: 'elsewhere', method: 'DELETE', url: path, headers })
    await remove(id)
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject(gone)
    expect(alive()).toEqual([])
  })
})
