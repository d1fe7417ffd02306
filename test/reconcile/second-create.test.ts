import { describe, expect, test } from 'vitest'
import type { Send } from '../../src/cluster/provider.ts'
import { requestDelete } from '../../src/store/change-cluster.ts'
import { expectExplained } from './explained.ts'
import { asker, Bench, projectId } from './harness.ts'
import type { ProviderId } from './verbs.ts'

const creates = { zilliz: 'createServerless', fireworks: 'createCluster' } as const

/**
 * A cluster whose create is sent twice. `answered`: how many of the creates, counted from the last, have their answer;
 * the others are held back, to be carried out when the test says so.
 */
async function createdTwice(provider: ProviderId, { answered }: { answered: 0 | 1 }) {
  const bench = new Bench()
  const connection = await bench.connect(provider)
  await bench.settle(0)
  const id = await bench.create(connection, 'one')
  const times: number[] = []
  const held: (() => Promise<unknown>)[] = []
  const send: Send = async (request) => {
    if (request.operation !== creates[provider]) return bench.send(request)
    times.push(bench.clock.now())
    if (times.length === 2 && answered === 1) return bench.send(request)
    held.push(() => bench.send(request))
    return { status: 504, headers: {}, text: '' }
  }
  bench.reconciler = bench.replica(send)
  const passUntil = async (happened: () => boolean | Promise<boolean>) => {
    for (let s = 0; s < 900 && !(await happened()); s++) {
      bench.clock.advance(1000)
      await bench.settle(0)
    }
  }
  await passUntil(() => times.length === 2)
  const [first = 0, last = 0] = times
  const alive = () => bench[provider].clusters().filter((row) => 'deleted' in row && !row.deleted)
  const remove = async () => {
    await requestDelete(bench.store, { who: asker }, id)
    await passUntil(async () => alive().length === 0 && (await bench.cluster(id)).externalId === null)
  }
  return { bench, id, held, first, last, passUntil, alive, remove }
}

/** A cluster that somebody else makes, and that looks as if we had made it. */
function addTwin(bench: Bench, provider: ProviderId): void {
  if (provider === 'fireworks') {
    bench.fireworks.addCluster({
      clusterId: 'one',
      displayName: 'one',
      eksCluster: { awsAccountId: '123456789012' },
    })
    return
  }
  bench.zilliz.addCluster({ clusterName: 'one', projectId, regionId: 'gcp-us-west1', kind: 'serverless' })
}

describe.each(['zilliz', 'fireworks'] as const)('after a create that was sent twice, at %s', (provider) => {
  test('what somebody else makes when no call of ours can be under way any more is not deleted', async () => {
    const {
      bench: made,
      id,
      held,
      last,
      passUntil,
      alive,
      remove,
    } = await createdTwice(provider, { answered: 0 })
    await using bench = made
    await held[0]?.()
    await passUntil(async () => (await bench.cluster(id)).externalId !== null)
    const { externalId } = await bench.cluster(id)
    await remove()
    await passUntil(() => bench.clock.now() > last + bench.timing.leaseMs)
    addTwin(bench, provider)
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject({ state: 'DELETED', externalId })
    expect(alive()).toHaveLength(1)
    await expectExplained(bench)
  })

  test('an answer to the last leaves only the first to wait for', async () => {
    const {
      bench: made,
      id,
      first,
      last,
      passUntil,
      alive,
      remove,
    } = await createdTwice(provider, { answered: 1 })
    await using bench = made
    const { externalId } = await bench.cluster(id)
    await remove()
    await passUntil(() => bench.clock.now() > first + bench.timing.leaseMs)
    expect(bench.clock.now()).toBeLessThan(last + bench.timing.leaseMs)
    addTwin(bench, provider)
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject({ state: 'DELETED', externalId })
    expect(alive()).toHaveLength(1)
  })

  test('the second is deleted too, and the cluster keeps the id by which it was known', async () => {
    const { bench: made, id, held, alive, remove } = await createdTwice(provider, { answered: 1 })
    await using bench = made
    const { externalId } = await bench.cluster(id)
    await remove()
    await held[0]?.()
    expect(alive()).toHaveLength(1)
    await bench.settle()
    expect(alive()).toEqual([])
    expect(await bench.cluster(id)).toMatchObject({ state: 'DELETED', externalId })
    await expectExplained(bench)
  })
})
