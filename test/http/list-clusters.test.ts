import { describe, expect, test } from 'vitest'
import { type Harness, openHarness } from './harness.ts'

type Named = { name: string }

async function names(harness: Harness, query: string, key = harness.admin): Promise<string[]> {
  const { json, text } = await harness.send(`GET /clusters${query}`, { key })
  if (!json.clusters) throw new Error(text)
  return (json.clusters as Named[]).map(({ name }) => name)
}

async function withClusters(count: number): Promise<Harness> {
  const harness = await openHarness()
  for (let i = 0; i < count; i++) {
    harness.clock.time += 1000
    const body = { name: `c${i}`, team: i % 2 ? 'ml' : 'search', labels: { n: `${i % 3}` } }
    await harness.makeCluster(body)
  }
  return harness
}

describe('200', () => {
  test('newest first, unless another order is asked for', async () => {
    await using harness = await withClusters(3)
    expect(await names(harness, '')).toEqual(['c2', 'c1', 'c0'])
    expect(await names(harness, '?orderBy=createTime')).toEqual(['c0', 'c1', 'c2'])
    expect(await names(harness, '?orderBy=name%20desc')).toEqual(['c2', 'c1', 'c0'])
    expect(await names(harness, '?orderBy=updateTime+asc')).toEqual(['c0', 'c1', 'c2'])
  })

  test.each(['createTime', 'createTime desc', 'name', 'name desc', 'updateTime', 'updateTime desc'])(
    'pages by %s hold everything once, in order, while clusters are being made',
    async (orderBy) => {
      await using harness = await withClusters(7)
      const whole = await names(harness, `?orderBy=${encodeURIComponent(orderBy)}`)
      const seen: string[] = []
      let path: string | undefined = `/clusters?pageSize=2&orderBy=${encodeURIComponent(orderBy)}`
      for (let page = 0; path !== undefined && page < 10; page++) {
        const { json, headers } = await harness.send(`GET ${path}`)
        seen.push(...(json.clusters as Named[]).map(({ name }) => name))
        expect(headers.has('link')).toBe(json.nextPageToken !== undefined)
        path = /^<(.*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1]
        if (page === 0) await harness.makeCluster({ name: 'newcomer' })
      }
      expect(seen.filter((name) => name !== 'newcomer')).toEqual(whole)
    },
  )

  test('equality parameters and labels narrow it, together', async () => {
    await using harness = await withClusters(6)
    expect(await names(harness, '?team=ml')).toEqual(['c5', 'c3', 'c1'])
    expect(await names(harness, '?label.n=1')).toEqual(['c4', 'c1'])
    expect(await names(harness, '?team=ml&label.n=1')).toEqual(['c1'])
    expect(await names(harness, '?name=c3&state=PENDING&provider=zilliz&region=gcp-us-west1')).toEqual(['c3'])
    expect(await names(harness, '?connection=zilliz-prod&management=MANAGED&pageSize=1')).toEqual(['c5'])
    expect(await names(harness, '?externalId=nothing')).toEqual([])
    expect(await names(harness, '?state=READY')).toEqual([])
  })

  test('a caller of a team sees its own only, whatever it asks for', async () => {
    await using harness = await withClusters(4)
    const key = await harness.makeKey('viewer', 'ml')
    expect(await names(harness, '', key)).toEqual(['c3', 'c1'])
    expect(await names(harness, '?team=search', key)).toEqual([])
    expect((await harness.send('GET /clusters?count=true', { key })).json.totalSize).toBe(2)
  })

  test('totalSize only when asked for', async () => {
    await using harness = await withClusters(3)
    expect((await harness.send('GET /clusters')).json).not.toHaveProperty('totalSize')
    const { json } = await harness.send('GET /clusters?count=true&pageSize=1&team=search')
    expect([json.totalSize, (json.clusters as Named[]).length]).toEqual([2, 1])
  })

  test('a page larger than 200 is lowered', async () => {
    await using harness = await withClusters(1)
    expect(await names(harness, '?pageSize=100000')).toEqual(['c0'])
  })
})

describe('400', () => {
  test.each([
    'pageSize=0',
    'pageSize=-1',
    'pageSize=1.5',
    'pageSize=ten',
    'pageSize=',
    'pageToken=garbage',
    'orderBy=endpoint',
    'orderBy=name%20sideways',
    'state=ready',
    'management=NONE',
    'color=red',
    'label.=x',
    'count=yes',
    'team=a&team=b',
    'name=%00',
    '__proto__=1',
    'toString=',
    'constructor=x',
    'hasOwnProperty=x',
  ])('%s', async (query) => {
    await using harness = await withClusters(1)
    const { status, json } = await harness.send(`GET /clusters?${query}`)
    const name = decodeURIComponent(query.split('=')[0] ?? '')
    expect([status, json.errors]).toMatchObject([400, [{ pointer: `query/${name}` }]])
  })

  test('a page token is of no use with another query', async () => {
    await using harness = await withClusters(3)
    const { json } = await harness.send('GET /clusters?pageSize=1')
    const { status, json: problem } = await harness.send(
      `GET /clusters?team=ml&pageToken=${json.nextPageToken}`,
    )
    expect([status, problem.code]).toEqual([400, 'invalid-page-token'])
  })

  test("a page token is of no use to another team's caller", async () => {
    await using harness = await withClusters(6)
    const { json } = await harness.send('GET /clusters?pageSize=1')
    const key = await harness.makeKey('viewer', 'ml')
    expect(
      (await harness.send(`GET /clusters?pageSize=1&pageToken=${json.nextPageToken}`, { key })).status,
    ).toBe(400)
  })
})

describe('the ETag of a list', () => {
  async function etagOf(harness: Harness, query: string, known = ''): Promise<[number, string]> {
    const headers = { 'if-none-match': known }
    const answer = await harness.send(`GET /clusters${query}`, { headers })
    return [answer.status, answer.headers.get('etag') ?? '']
  }

  test.each(['', '?fields=name', '?fields=etag,name', '?count=true'])(
    'is the same until what it shows changes, and then another: %s',
    async (query) => {
      await using harness = await withClusters(3)
      const [, etag] = await etagOf(harness, query)
      expect(await etagOf(harness, query, etag)).toEqual([304, etag])
      const { json } = await harness.send('GET /clusters?name=c1')
      const [{ id }] = json.clusters as [{ id: string }]
      const patched = await harness.send(`PATCH /clusters/${id}`, { body: { displayName: 'other' } })
      expect(patched.status).toBe(200)
      const [status, changed] = await etagOf(harness, query, etag)
      // Of the names alone none has changed.
      if (query === '?fields=name') return expect([status, changed]).toEqual([304, etag])
      expect(status).toBe(200)
      expect(changed).not.toBe(etag)
      await harness.makeCluster({ name: 'another' })
      expect(await etagOf(harness, query, changed)).not.toEqual([304, changed])
    },
  )
})
