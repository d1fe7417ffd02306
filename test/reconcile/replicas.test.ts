import { describe, expect, test } from 'vitest'
import type { Send } from '../../src/cluster/provider.ts'
import { requestDelete } from '../../src/store/change-cluster.ts'
import { credentialsPlace } from '../../src/store/credentials.ts'
import { allCredentials } from '../simulation/rows.ts'
import { expectExplained } from './explained.ts'
import { asker, Bench } from './harness.ts'
import { arrange, succeeded, verbs } from './verbs.ts'

/** A send that holds answers to this operation back until it is told to let go. */
function holding(bench: Bench, operation: string) {
  const released = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  const send: Send = async (request) => {
    if (request.operation !== operation) return bench.send(request)
    const answer = await bench.send(request)
    arrived.resolve()
    await released.promise
    return answer
  }
  return { send, release: released.resolve, hasArrived: arrived.promise }
}

/** The credentials that a cluster's row keeps, opened. */
async function opened(bench: Bench, id: string): Promise<unknown> {
  const stored = (await allCredentials(bench.store)).find(({ clusterId }) => clusterId === id)
  return stored && JSON.parse(await bench.vault.open(stored.sealed, credentialsPlace({ id, team: 'search' })))
}

/** What a create answered, as the provider sent it. */
function listening(bench: Bench): { send: Send; issued: () => { username: string; password: string } } {
  let text = ''
  const send: Send = async (request) => {
    const answer = await bench.send(request)
    if (request.operation.startsWith('create')) text = answer.text
    return answer
  }
  return {
    send,
    issued: () => {
      const { username, password } = JSON.parse(text).data
      return { username, password }
    },
  }
}

describe.each(verbs)('$kind at $provider', (verb) => {
  test('is asked for once when two processes reach for it at the same time', async () => {
    await using bench = new Bench()
    const { ask, calls } = await arrange(bench, verb)
    const id = await ask()
    const [one, other] = [bench.replica(), bench.replica()]
    await Promise.all([one.startDue(), other.startDue()])
    await Promise.all([one.idle(), other.idle()])
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject(succeeded(verb))
    expect(calls()).toHaveLength(1)
  })

  test('is finished by the process that took over, and the answer that comes late changes nothing', async () => {
    await using bench = new Bench()
    const { ask } = await arrange(bench, verb)
    const id = await ask()
    const { send, release, hasArrived } = holding(bench, verb.operation)
    const slow = bench.replica(send)
    await slow.startDue()
    await hasArrived
    bench.clock.advance(bench.timing.leaseMs)
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject(succeeded(verb))
    release()
    await slow.idle()
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject(succeeded(verb))
    expect(verb.isDone(bench)).toBe(true)
    await expectExplained(bench)
  })
})

describe('a create that is answered after its lease has run out', () => {
  test('brings its password, though the cluster was adopted without it', async () => {
    await using bench = new Bench()
    const connection = await bench.connect('zilliz')
    await bench.settle(0)
    const id = await bench.create(connection, 'one')
    const { issued, send: hear } = listening(bench)
    const held = holding({ ...bench, send: hear } as Bench, 'createServerless')
    const slow = bench.replica(held.send)
    await slow.startDue()
    await held.hasArrived
    bench.clock.advance(bench.timing.leaseMs)
    await bench.settle()
    expect((await bench.cluster(id)).credentialState).toBe('LOST')
    held.release()
    await slow.idle()
    expect((await bench.cluster(id)).credentialState).toBe('AVAILABLE')
    expect(await opened(bench, id)).toEqual(issued())
    expect(await bench.outcomes(id)).toEqual(['SUCCEEDED'])
    await expectExplained(bench)
  })

  test('is stored while another process looks for it, which then does not call the password lost', async () => {
    await using bench = new Bench()
    const connection = await bench.connect('zilliz')
    await bench.settle(0)
    const id = await bench.create(connection, 'one')
    const first = holding(bench, 'createServerless')
    const slow = bench.replica(first.send)
    await slow.startDue()
    await first.hasArrived
    bench.clock.advance(bench.timing.leaseMs)
    const second = holding(bench, 'listClusters')
    const looking = bench.replica(second.send)
    await looking.startDue()
    await second.hasArrived
    first.release()
    await slow.idle()
    second.release()
    await looking.idle()
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject({ state: 'READY', credentialState: 'AVAILABLE' })
    expect(bench.zilliz.clusters()).toHaveLength(1)
    await expectExplained(bench)
  })

  test('is not undone by the second create that its own cluster made fail', async () => {
    await using bench = new Bench()
    const connection = await bench.connect('zilliz')
    await bench.settle(0)
    const id = await bench.create(connection, 'one')
    const first = holding(bench, 'createServerless')
    const slow = bench.replica(first.send)
    await slow.startDue()
    await first.hasArrived
    bench.clock.advance(bench.timing.leaseMs)
    // A list that lags behind shows nothing yet, twice.
    const blind = bench.replica(async (request) => {
      if (request.operation !== 'listClusters') return second.send(request)
      return { status: 200, headers: {}, text: '{"code":0,"data":{"count":0,"clusters":[]}}' }
    })
    const second = holding(bench, 'createServerless')
    for (let step = 0; step < 3; step++) {
      await blind.startDue()
      if (step < 2) await blind.idle()
      bench.clock.advance(15_000)
    }
    await second.hasArrived
    first.release()
    await slow.idle()
    second.release()
    await blind.idle()
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject({
      state: 'READY',
      credentialState: 'AVAILABLE',
      operation: { status: 'SUCCEEDED' },
    })
    expect(bench.zilliz.clusters()).toHaveLength(1)
    expect(await bench.outcomes(id)).toEqual(['SUCCEEDED', 'FAILED'])
    await expectExplained(bench)
  })

  test('is deleted, when its delete was thought to be over', async () => {
    await using bench = new Bench()
    const connection = await bench.connect('zilliz')
    await bench.settle(0)
    const id = await bench.create(connection, 'one')
    const leave = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    // The call is on its way for longer than any call should be.
    const sleeper = bench.replica(async (request) => {
      asked.resolve()
      await leave.promise
      return bench.send(request)
    })
    await sleeper.startDue()
    await asked.promise
    await requestDelete(bench.store, { who: asker }, id)
    bench.clock.advance(bench.timing.leaseMs)
    await bench.settle()
    expect((await bench.cluster(id)).state).toBe('DELETED')
    leave.resolve()
    await sleeper.idle()
    await bench.settle()
    expect((await bench.cluster(id)).state).toBe('DELETED')
    expect(bench.zilliz.clusters()).toMatchObject([{ deleted: true }])
    await expectExplained(bench)
  })
})

test('a process that slept over its lease does not send what it had decided', async () => {
  await using bench = new Bench()
  const verb = verbs.find(({ kind, provider }) => kind === 'update' && provider === 'zilliz')
  if (!verb) throw new Error('there is no such verb')
  const { ask, calls } = await arrange(bench, verb)
  const id = await ask()
  const { send, release, hasArrived } = holding(bench, 'describeCluster')
  const sleeper = bench.replica(send)
  await sleeper.startDue()
  await hasArrived
  bench.clock.advance(bench.timing.leaseMs)
  release()
  await sleeper.idle()
  expect(calls()).toHaveLength(0)
  await bench.settle()
  expect(await bench.cluster(id)).toMatchObject(succeeded(verb))
  expect(calls()).toHaveLength(1)
})
