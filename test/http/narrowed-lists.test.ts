import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { entriesOf, type Harness, openHarness } from './harness.ts'

const ndjson = { accept: 'application/x-ndjson' }

/** The request for a list, its parameters in clear. */
function get(harness: Harness, path: string, query: Record<string, string>, headers = {}) {
  return harness.send(`GET ${path}?${new URLSearchParams(query)}`, { headers })
}

function namesIn(text: string): unknown[] {
  const documents = text.split('\n').filter((line) => line !== '')
  return documents.map((line) => (JSON.parse(line) as JsonObject).name)
}

describe('a whole list of clusters', () => {
  test('is narrowed and ordered by all that narrows and orders a page', async () => {
    await using harness = await openHarness()
    for (const name of ['alpha', 'beta', 'gamma']) {
      await harness.makeCluster({ name, labels: { env: name === 'beta' ? 'prod' : 'test' } })
    }
    const names = async (query: Record<string, string>) =>
      namesIn((await get(harness, '/clusters', query, ndjson)).text)
    const order = { orderBy: 'name desc' }
    expect(await names(order)).toEqual(['gamma', 'beta', 'alpha'])
    expect(await names({ ...order, filter: 'name = "*a" AND NOT labels.env = "prod"' })).toEqual([
      'gamma',
      'alpha',
    ])
    expect(await names({ ...order, q: 'bet' })).toEqual(['beta'])
    expect(await names({ ...order, 'label.env': 'test' })).toEqual(['gamma', 'alpha'])
    expect(await names({ ...order, staleAfter: '1h' })).toEqual(['gamma', 'beta', 'alpha'])
  })

  test('has no other fields than those asked for', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster({ name: 'alpha' })
    const { text } = await get(harness, '/clusters', { fields: 'id,name' }, ndjson)
    expect(JSON.parse(text)).toEqual({ id, name: 'alpha' })
    const csv = await get(harness, '/clusters', { fields: 'id,name' }, { accept: 'text/csv' })
    expect(csv.text.split('\r\n')[1]).toMatch(new RegExp(`^${id},alpha,+$`))
  })

  test('is refused where its filter cannot be read', async () => {
    await using harness = await openHarness()
    const { status } = await get(harness, '/clusters', { filter: 'nothing = ' }, ndjson)
    expect(status).toBe(400)
  })
})

describe('the audit log', () => {
  test('is searched by words and narrowed by a filter at once, in either order, page by page', async () => {
    await using harness = await openHarness()
    for (const name of ['alpha', 'beta']) await harness.makeCluster({ name })
    const expected = (await entriesOf(harness, 'cluster.create')).map(({ id }) => id)
    expect(expected).toHaveLength(2)
    // This has the words, and is not what the filter is about.
    await get(harness, '/audit-entries', { q: 'cluster.create' }, { reason: 'cluster.create' })
    const words = { q: 'cluster.create', filter: 'action = "cluster.*" AND outcome = "SUCCESS"' }
    const walk = async (orderBy: string) => {
      const ids: unknown[] = []
      let token: Record<string, string> = {}
      do {
        const { json } = await get(harness, '/audit-entries', { ...words, orderBy, pageSize: '1', ...token })
        ids.push(...(json.auditEntries as JsonObject[]).map(({ id }) => id))
        token = typeof json.nextPageToken === 'string' ? { pageToken: json.nextPageToken } : {}
      } while ('pageToken' in token)
      return ids
    }
    expect(await walk('time desc')).toEqual(expected)
    expect(await walk('time')).toEqual(expected.toReversed())
    const whole = await get(harness, '/audit-entries', { ...words, orderBy: 'time' }, ndjson)
    const lines = whole.text.trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(expected.toReversed())
    const { json } = await get(harness, '/audit-entries', { ...words, count: 'true' })
    expect(json.totalSize).toBe(expected.length)
  })

  test('finds an entry by a filter under each of its targets, and by what they begin with', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster({ name: 'alpha' })
    const [made] = await entriesOf(harness, 'cluster.create')
    const found = async (filter: string) => {
      const { json } = await get(harness, '/audit-entries', { filter, action: 'cluster.create' })
      return (json.auditEntries as JsonObject[]).map((entry) => entry.id)
    }
    const targets = made?.targets as JsonObject[]
    expect(targets.map((target) => target.id)).toContain(id)
    for (const target of targets) expect(await found(`target = "${target.id}"`)).toEqual([made?.id])
    expect(await found('target = "clu_*"')).toEqual([made?.id])
    expect(await found('target != "clu_*"')).toEqual([])
    expect(await found(`reason:nothing OR target:"${id.slice(4)}"`)).toEqual([made?.id])
  })

  test('a reading that is answered 304 is an entry like any other', async () => {
    await using harness = await openHarness()
    await harness.makeCluster()
    const query = { action: 'cluster.create' }
    const { headers } = await get(harness, '/audit-entries', query)
    const etag = headers.get('etag') ?? ''
    const before = (await entriesOf(harness, 'audit.read')).length
    const again = await get(harness, '/audit-entries', query, { 'if-none-match': etag })
    expect(again.status).toBe(304)
    // One is that of the look before.
    expect((await entriesOf(harness, 'audit.read')).length).toBe(before + 2)
  })
})
