import { describe, expect, test } from 'vitest'
import type { Harness } from './harness.ts'
import { eksCluster, entriesOf, openHarness, zillizCluster } from './harness.ts'

const dedicated = {
  ...zillizCluster,
  name: 'dedicated',
  region: 'aws-us-west-2',
  spec: {
    plan: 'DEDICATED',
    projectId: 'proj-0123456789abcdef012345',
    tier: 'Enterprise',
    cuType: 'Performance-optimized',
    cuSize: 1,
  },
}

async function withReady(body: object = {}): Promise<{ harness: Harness; id: string }> {
  const harness = await openHarness()
  const id = await harness.makeCluster(body)
  await harness.settle(id)
  return { harness, id }
}

describe('200', () => {
  test("the gateway's own fields change at once", async () => {
    const { harness: opened, id } = await withReady({ ...eksCluster, labels: { env: 'prod', tier: 'gold' } })
    await using harness = opened
    const body = {
      labels: { env: null, owner: 'ann' },
      deletionProtection: true,
      expireTime: '2030-01-01T00:00:00Z',
    }
    const { status, json, headers } = await harness.send(`PATCH /clusters/${id}`, { body })
    expect(status).toBe(200)
    expect(json).toMatchObject({
      labels: { tier: 'gold', owner: 'ann' },
      deletionProtection: true,
      state: 'READY',
    })
    expect(headers.get('etag')).toBe(json.etag)
    const [entry] = await entriesOf(harness, 'cluster.update')
    expect(entry?.changes).toContainEqual({ path: '/deletionProtection', before: false, after: true })
  })

  test('null ends an expiry', async () => {
    const { harness: opened, id } = await withReady({ expireTime: '2030-01-01T00:00:00Z' })
    await using harness = opened
    const { json } = await harness.send(`PATCH /clusters/${id}`, { body: { expireTime: null } })
    expect(json.expireTime).toBeNull()
  })

  test('a patch that changes nothing leaves the ETag', async () => {
    const { harness: opened, id } = await withReady({ labels: { env: 'prod' } })
    await using harness = opened
    const before = await harness.send(`GET /clusters/${id}`)
    for (const body of [
      {},
      { labels: { env: 'prod' } },
      { spec: {} },
      { spec: zillizCluster.spec },
      { name: 'search-index' },
    ]) {
      const { status, json } = await harness.send(`PATCH /clusters/${id}`, { body })
      expect([status, json.etag]).toEqual([200, before.json.etag])
    }
  })

  test.each(['application/merge-patch+json', 'application/json; charset=utf-8', 'Application/JSON'])(
    'sent as %s',
    async (type) => {
      const { harness: opened, id } = await withReady()
      await using harness = opened
      const sent = { body: '{"deletionProtection":true}', headers: { 'content-type': type } }
      expect((await harness.send(`PATCH /clusters/${id}`, sent)).status).toBe(200)
    },
  )
})

describe('202', () => {
  test('what the provider must know starts an update', async () => {
    const { harness: opened, id } = await withReady(dedicated)
    await using harness = opened
    const { status, json } = await harness.send(`PATCH /clusters/${id}`, { body: { spec: { cuSize: 2 } } })
    expect(status).toBe(202)
    expect(json).toMatchObject({
      state: 'UPDATING',
      spec: { ...dedicated.spec, cuSize: 2 },
      operation: { kind: 'update', status: 'PENDING' },
    })
  })
})

describe('400', () => {
  test.each([
    ['/spec/projectId', { spec: { projectId: 'proj-another' } }],
    ['/spec/cuType', { spec: { cuType: 'Capacity-optimized' } }],
    ['/spec/cuSize', { spec: { cuSize: 'big' } }],
    ['/spec/color', { spec: { color: 'red' } }],
    ['/state', { state: 'READY' }],
    ['/team', { team: 'ml' }],
    ['/region', { region: 'gcp-us-east4' }],
    ['/displayName', { displayName: null }],
    ['/labels', { labels: null }],
    ['/expireTime', { expireTime: '2020-01-01T00:00:00Z' }],
  ])('points at %s', async (pointer, body) => {
    const { harness: opened, id } = await withReady(dedicated)
    await using harness = opened
    const { status, json } = await harness.send(`PATCH /clusters/${id}`, { body })
    expect([status, json.errors]).toMatchObject([400, [{ pointer }]])
  })

  test('labels may not grow beyond 64', async () => {
    const many = (prefix: string) =>
      Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${prefix}${i}`, 'x']))
    const { harness: opened, id } = await withReady({ ...eksCluster, labels: many('a') })
    await using harness = opened
    const { status, json } = await harness.send(`PATCH /clusters/${id}`, { body: { labels: many('b') } })
    expect([status, json.errors]).toMatchObject([400, [{ pointer: '/labels' }]])
  })
})

describe('404', () => {
  test("another team's cluster", async () => {
    const { harness: opened, id } = await withReady()
    await using harness = opened
    const key = await harness.makeKey('operator', 'ml')
    expect((await harness.send(`PATCH /clusters/${id}`, { key, body: {} })).status).toBe(404)
  })
})

describe('409', () => {
  test('a rename that the provider cannot do', async () => {
    const { harness: opened, id } = await withReady(eksCluster)
    await using harness = opened
    const { status, json } = await harness.send(`PATCH /clusters/${id}`, { body: { name: 'another' } })
    expect([status, json.code]).toEqual([409, 'unsupported-by-provider'])
  })

  test('an update while another operation is under way', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster(dedicated)
    const { status, json } = await harness.send(`PATCH /clusters/${id}`, { body: { spec: { cuSize: 2 } } })
    expect([status, json.code]).toEqual([409, 'operation-in-progress'])
  })

  test('a deleted cluster', async () => {
    const { harness: opened, id } = await withReady()
    await using harness = opened
    await harness.settle(id, { state: 'DELETED', operationKind: 'delete' })
    const { status, json } = await harness.send(`PATCH /clusters/${id}`, {
      body: { deletionProtection: true },
    })
    expect([status, json.code]).toEqual([409, 'wrong-state'])
  })
})

describe('412', () => {
  test('If-Match with an old ETag; the current one, and any, pass', async () => {
    const { harness: opened, id } = await withReady()
    await using harness = opened
    const patch = (tag: string) =>
      harness.send(`PATCH /clusters/${id}`, {
        body: { deletionProtection: true },
        headers: { 'if-match': tag },
      })
    expect((await patch('"1"')).json.code).toBe('etag-mismatch')
    expect((await patch('W/"2"')).status).toBe(412)
    expect((await patch('"1", "2"')).status).toBe(200)
    expect((await patch('*')).status).toBe(200)
  })
})
