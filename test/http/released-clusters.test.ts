import { describe, expect, test } from 'vitest'
import { expireClusters } from '../../src/store/expire-clusters.ts'
import { type Harness, openHarness, startTime } from './harness.ts'
import { putPolicy, usageOf } from './policy-harness.ts'

const hourMs = 3600_000
const later = (ms: number) => new Date(startTime + ms).toISOString()

/** A cluster that is there and settled, and an operator of its team. */
async function opened(body: object = {}) {
  const harness = await openHarness()
  const id = await harness.makeCluster(body)
  await harness.settle(id)
  const key = await harness.makeKey('operator', 'search')
  const cluster = async () => (await harness.send(`GET /clusters/${id}`)).json
  return { harness, id, key, cluster }
}

function release(harness: Harness, id: string, key?: string) {
  return harness.send(`POST /clusters/${id}/release`, key === undefined ? {} : { key })
}

describe('what is released', () => {
  test.each([
    [{ quotas: { clusters: 1 } }, 'quotas'],
    [{ lifetime: { maxSeconds: 7200 } }, 'lifetime'],
    [{ approval: { above: { clusters: 5 }, role: 'admin', expireSeconds: 60 } as const }, 'approval'],
  ])('passes by %o, and so takes an admin of all teams', async (rules, named) => {
    const { harness: open, id, key, cluster } = await opened({ expireTime: later(hourMs) })
    await using harness = open
    await putPolicy(harness, rules)
    for (const refused of [key, await harness.makeKey('admin', 'search')]) {
      const { status, json } = await release(harness, id, refused)
      expect([status, json.code, json.detail]).toEqual([403, 'forbidden', expect.stringContaining(named)])
    }
    expect(await cluster()).toMatchObject({ management: 'MANAGED' })
    expect(await usageOf(harness)).toEqual({ clusters: 1 })
    expect((await release(harness, id)).status).toBe(202)
    expect(await usageOf(harness)).toEqual({ clusters: 0 })
  })

  test('is for an operator of the team to release where no policy limits what the team holds', async () => {
    const { harness: open, id, key } = await opened()
    await using harness = open
    await putPolicy(harness, { plans: ['SERVERLESS'] })
    expect((await release(harness, id, key)).status).toBe(202)
  })

  test('is not deleted at its expiry, nor warned of, and lives a day at least once it is imported', async () => {
    const expireTime = later(2 * hourMs)
    const { harness: open, id, cluster } = await opened({ expireTime })
    await using harness = open
    await release(harness, id)
    harness.clock.time += 3 * hourMs
    expect(await expireClusters(harness.store)).toEqual([])
    const { externalId, state } = await cluster()
    expect([state, (await cluster()).expireTime]).toEqual(['READY', expireTime])
    const body = { connection: 'zilliz-prod', team: 'search', externalIds: [externalId] }
    expect((await harness.send('POST /clusters/import', { body })).status).toBe(200)
    expect((await cluster()).expireTime).toBe(later(27 * hourMs))
    harness.clock.time += 24 * hourMs
    expect(await expireClusters(harness.store)).toMatchObject([{ clusterId: id, expired: true }])
  })

  test('takes no expiry and no protection', async () => {
    const { harness: open, id, key, cluster } = await opened()
    await using harness = open
    await release(harness, id)
    for (const body of [
      { expireTime: later(hourMs) },
      { expireTime: null },
      { deletionProtection: true },
      { deletionProtection: false },
    ]) {
      const { status, json } = await harness.send(`PATCH /clusters/${id}`, { key, body })
      expect([status, json.code]).toEqual([409, 'wrong-state'])
    }
    expect((await harness.send(`PATCH /clusters/${id}`, { key, body: { labels: { a: 'b' } } })).status).toBe(
      200,
    )
    harness.clock.time += 2 * hourMs
    expect(await expireClusters(harness.store)).toEqual([])
    expect(await cluster()).toMatchObject({ management: 'UNMANAGED', state: 'READY', expireTime: null })
  })
})

test('an expiry that an earlier version let a cluster have that nobody manages does not delete it', async () => {
  const { harness: open, id, cluster } = await opened()
  await using harness = open
  await harness.change(id, { management: 'UNMANAGED' })
  await harness.store.write(async ({ db, tables }) => {
    await db.update(tables.clusters).set({ expireTime: startTime + 1, expiryCheckTime: startTime + 1 })
  })
  harness.clock.time += hourMs
  expect(await expireClusters(harness.store)).toEqual([])
  expect((await cluster()).state).toBe('READY')
})
