import { describe, expect, test } from 'vitest'
import { expireClusters } from '../../src/store/expire-clusters.ts'
import { entriesOf, openHarness, zillizCluster } from './harness.ts'

const hour = 3600_000

describe('the guard against duplicates', () => {
  const guarded = { body: { duplicateGuard: { enabled: true, windowSeconds: 600 } } }

  test('is off unless the team turns it on', async () => {
    await using harness = await openHarness()
    await harness.makeCluster({ name: 'one' })
    await harness.makeCluster({ name: 'two' })
    const { json } = await harness.send('GET /teams/search')
    expect(json.duplicateGuard).toEqual({ enabled: false })
  })

  test('refuses the same shape under another name within minutes, with a link to the first', async () => {
    await using harness = await openHarness()
    expect((await harness.send('PUT /teams/search', guarded)).status).toBe(200)
    const first = await harness.makeCluster({ name: 'one' })
    const answer = await harness.send('POST /clusters', { body: { ...zillizCluster, name: 'two' } })
    expect(answer.json).toMatchObject({ code: 'possible-duplicate', cluster: `/clusters/${first}` })
    harness.clock.time += 11 * 60_000
    await harness.makeCluster({ name: 'two' })
  })

  test('lets pass what says that it is another one, and the entry tells so', async () => {
    await using harness = await openHarness()
    await harness.send('PUT /teams/search', guarded)
    await harness.makeCluster({ name: 'one' })
    await harness.makeCluster({ name: 'two', allowDuplicate: true })
    const [entry] = await entriesOf(harness, 'cluster.create')
    expect(entry?.changes).toContainEqual({ path: '/allowDuplicate', before: null, after: true })
  })

  test('lets another shape pass', async () => {
    await using harness = await openHarness()
    await harness.send('PUT /teams/search', guarded)
    await harness.makeCluster({ name: 'one' })
    await harness.makeCluster({ name: 'two', region: 'aws-us-west-2' })
  })
})

describe('the freeze switch', () => {
  const freeze = { body: { frozen: true, reason: 'INC-1' } }

  test('refuses every change, goes on reading, and thaws', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    expect((await harness.send('PUT /admin/freeze', freeze)).status).toBe(200)
    const refused = await harness.send('POST /clusters', { body: { ...zillizCluster, name: 'two' } })
    expect(refused).toMatchObject({ status: 503, json: { code: 'frozen', retryable: true } })
    expect((await harness.send(`DELETE /clusters/${id}`)).json.code).toBe('frozen')
    expect((await harness.send(`GET /clusters/${id}`)).status).toBe(200)
    expect((await harness.send('GET /admin/freeze')).json).toMatchObject({ frozen: true, reason: 'INC-1' })
    await harness.send('PUT /admin/freeze', { body: { frozen: false, reason: 'over' } })
    await harness.makeCluster({ name: 'two' })
    expect(await entriesOf(harness, 'gateway.freeze')).toHaveLength(2)
  })

  test('still lets a leaked key be revoked', async () => {
    await using harness = await openHarness()
    const { json: key } = await harness.send('POST /api-keys', { body: { role: 'viewer', team: 'search' } })
    await harness.send('PUT /admin/freeze', freeze)
    expect((await harness.send(`DELETE /api-keys/${key.id}`)).status).toBe(204)
  })

  test('is not for the admin of one team', async () => {
    await using harness = await openHarness()
    const key = await harness.makeKey('admin', 'search')
    expect((await harness.send('PUT /admin/freeze', { key, ...freeze })).status).toBe(403)
  })
})

describe('expiry', () => {
  test('is announced a week, a day and an hour before, and then the cluster is deleted like any other', async () => {
    await using harness = await openHarness()
    const expireTime = new Date(harness.clock.time + 8 * 24 * hour).toISOString()
    const id = await harness.makeCluster({ expireTime })
    await harness.settle(id)
    for (const wait of [24, 6 * 24, 23]) {
      harness.clock.time += wait * hour
      expect(await expireClusters(harness.store)).toMatchObject([{ clusterId: id, expired: false }])
      expect(await expireClusters(harness.store)).toEqual([])
    }
    expect(await entriesOf(harness, 'cluster.expire-warning')).toHaveLength(3)
    harness.clock.time += hour
    expect(await expireClusters(harness.store)).toMatchObject([{ clusterId: id, expired: true }])
    const { json } = await harness.send(`GET /clusters/${id}`)
    expect(json).toMatchObject({ state: 'DELETING', operation: { kind: 'delete', status: 'PENDING' } })
    expect(await entriesOf(harness, 'cluster.expire')).toMatchObject([{ outcome: 'SUCCESS' }])
  })

  test('can be put off', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster({
      expireTime: new Date(harness.clock.time + 2 * hour).toISOString(),
    })
    const later = new Date(harness.clock.time + 30 * 24 * hour).toISOString()
    await harness.send(`PATCH /clusters/${id}`, { body: { expireTime: later } })
    harness.clock.time += 3 * hour
    expect(await expireClusters(harness.store)).toEqual([])
  })

  test('does not delete what is protected, and says so', async () => {
    await using harness = await openHarness()
    const expireTime = new Date(harness.clock.time + hour / 2).toISOString()
    const id = await harness.makeCluster({ expireTime, deletionProtection: true })
    await harness.settle(id)
    harness.clock.time += hour
    await expireClusters(harness.store)
    expect((await harness.send(`GET /clusters/${id}`)).json.state).toBe('READY')
    expect(await entriesOf(harness, 'cluster.expire')).toMatchObject([{ outcome: 'FAILURE' }])
  })
})
