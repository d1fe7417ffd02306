import { describe, expect, test } from 'vitest'
import { holdWrites } from '../engine/open-store.ts'
import { entriesOf, openHarness, zillizCluster } from './harness.ts'

describe('a denied request is written down', () => {
  test('403: who, and what it would have touched', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    const key = await harness.makeKey('viewer', 'search')
    await harness.send(`DELETE /clusters/${id}`, {
      key,
      headers: { 'x-request-id': 'r-1', reason: 'why not' },
    })
    expect(await entriesOf(harness, 'cluster.delete')).toMatchObject([
      {
        outcome: 'DENIED',
        actor: { type: 'api_key', displayName: 'viewer of search' },
        targets: [{ type: 'cluster', id }],
        team: 'search',
        requestId: 'r-1',
        changes: [],
      },
    ])
  })

  test("404 on another team's cluster: as what it is, in the log of the team whose it is", async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    const key = await harness.makeKey('operator', 'ml')
    await harness.send(`GET /clusters/${id}`, { key })
    await harness.send(`POST /clusters/${id}/suspend`, { key })
    for (const action of ['cluster.read', 'cluster.suspend']) {
      expect(await entriesOf(harness, action)).toMatchObject([
        { outcome: 'DENIED', team: 'search', targets: [{ id }] },
      ])
    }
  })

  test('404 on what there is not, on a read, is no event', async () => {
    await using harness = await openHarness()
    const key = await harness.makeKey('operator', 'ml')
    await harness.send('GET /clusters/clu_01jz8x0v5wf4gr0q2m6h1v9k3d', { key })
    expect(await entriesOf(harness, 'cluster.read')).toEqual([])
  })

  test('another team in a create', async () => {
    await using harness = await openHarness()
    const key = await harness.makeKey('operator', 'ml')
    await harness.send('POST /clusters', { key, body: zillizCluster })
    expect(await entriesOf(harness, 'cluster.create')).toMatchObject([{ outcome: 'DENIED', team: 'ml' }])
  })
})

describe('a change that failed is written down', () => {
  test.each([
    [400, { ...zillizCluster, name: '' }, {}],
    [400, '{"a', {}],
    [409, { ...zillizCluster, name: 'taken' }, {}],
    [413, 'x'.repeat(300_000), {}],
    [415, '{}', { 'content-type': 'text/plain' }],
  ])('%i', async (status, body, headers) => {
    await using harness = await openHarness()
    await harness.makeCluster({ name: 'taken' })
    expect((await harness.send('POST /clusters', { body, headers })).status).toBe(status)
    const [entry] = await entriesOf(harness, 'cluster.create')
    expect(entry).toMatchObject({ outcome: 'FAILURE', actor: { displayName: 'admin of *' } })
  })

  test('412, with its target', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    await harness.send(`DELETE /clusters/${id}`, { headers: { 'if-match': '"9"' } })
    expect(await entriesOf(harness, 'cluster.delete')).toMatchObject([
      { outcome: 'FAILURE', team: 'search', targets: [{ id, displayName: 'search-index' }] },
    ])
  })

  test('422', async () => {
    await using harness = await openHarness()
    const headers = { 'idempotency-key': 'k' }
    await harness.send('POST /clusters', { body: zillizCluster, headers })
    await harness.send('POST /clusters', { body: { ...zillizCluster, name: 'b' }, headers })
    const outcomes = (await entriesOf(harness, 'cluster.create')).map(({ outcome }) => outcome)
    expect(outcomes).toEqual(['FAILURE', 'SUCCESS'])
  })

  test('a read with a wrong parameter is no event', async () => {
    await using harness = await openHarness()
    await harness.send('GET /clusters?color=red')
    expect(await entriesOf(harness, 'cluster.read')).toEqual([])
  })
})

describe('while the store takes no write', () => {
  test('changes and refusals are 503, nothing is changed, and reads go on', async () => {
    await using harness = await openHarness({}, 1)
    const id = await harness.makeCluster()
    const viewer = await harness.makeKey('viewer', 'search')
    const release = await holdWrites(harness.path)
    for (const key of [harness.admin, viewer]) {
      const { status, json, headers } = await harness.send(`DELETE /clusters/${id}`, { key })
      expect([status, json.code, json.retryable]).toEqual([503, 'audit-unavailable', true])
      expect(headers.get('retry-after')).toBe('5')
    }
    expect((await harness.send(`GET /clusters/${id}`)).json.state).toBe('PENDING')
    expect((await harness.send('GET /clusters')).status).toBe(200)
    await release()
    expect((await harness.send(`DELETE /clusters/${id}`)).status).toBe(202)
  })
})
