import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { type Harness, openHarness, startTime } from './harness.ts'

async function actions(harness: Harness, query: string, key = harness.admin): Promise<unknown[]> {
  const { json, text } = await harness.send(`GET /audit-entries${query}`, { key })
  if (!json.auditEntries) throw new Error(text)
  return (json.auditEntries as JsonObject[]).map(({ action }) => action)
}

async function withHistory(): Promise<{ harness: Harness; id: string }> {
  const harness = await openHarness()
  harness.clock.time += 60_000
  const id = await harness.makeCluster()
  harness.clock.time += 60_000
  await harness.send(`DELETE /clusters/${id}`, { headers: { 'x-request-id': 'r-del' } })
  return { harness, id }
}

describe('list', () => {
  test('newest first, by every filter', async () => {
    const { harness: opened, id } = await withHistory()
    await using harness = opened
    const at = (offsetMs: number) => new Date(startTime + offsetMs).toISOString()
    const both = ['cluster.delete', 'cluster.create']
    expect(await actions(harness, `?target=${id}`)).toEqual(both)
    expect(await actions(harness, '?team=search')).toEqual(both)
    expect(await actions(harness, '?requestId=r-del')).toEqual(['cluster.delete'])
    expect(await actions(harness, '?action=cluster.create&outcome=SUCCESS')).toEqual(['cluster.create'])
    expect(await actions(harness, `?from=${at(60_000)}&to=${at(120_000)}`)).toEqual(['cluster.create'])
    expect(await actions(harness, `?from=${at(60_000)}`)).toEqual(both)
    expect(await actions(harness, '?actor=key_nobody')).toEqual([])
  })

  test('pages hold everything once; totalSize when asked for', async () => {
    const { harness: opened } = await withHistory()
    await using harness = opened
    const all = await actions(harness, '')
    const seen: unknown[] = []
    let token: unknown
    do {
      const query = token === undefined ? '' : `&pageToken=${token}`
      const { json } = await harness.send(`GET /audit-entries?pageSize=2&count=true${query}`)
      expect(json.totalSize).toBe(all.length)
      seen.push(...(json.auditEntries as JsonObject[]).map(({ action }) => action))
      token = json.nextPageToken
    } while (token !== undefined)
    expect(seen).toEqual(all)
  })

  test("a team's auditor sees the team's entries alone", async () => {
    const { harness: opened, id } = await withHistory()
    await using harness = opened
    expect(await actions(harness, '', await harness.makeKey('auditor', 'search'))).toContain('cluster.create')
    const other = await harness.makeKey('auditor', 'lab')
    expect(await actions(harness, `?target=${id}`, other)).toEqual([])
  })

  test.each(['action=cluster.explode', 'outcome=OK', 'from=yesterday', 'to=1', 'who=me'])(
    '400: %s',
    async (query) => {
      await using harness = await openHarness()
      expect((await harness.send(`GET /audit-entries?${query}`)).status).toBe(400)
    },
  )
})

describe('get', () => {
  test('one; 404 for those of others and for none', async () => {
    const { harness: opened, id } = await withHistory()
    await using harness = opened
    const { json } = await harness.send(`GET /audit-entries?target=${id}`)
    const [entry] = json.auditEntries as [JsonObject]
    expect((await harness.send(`GET /audit-entries/${entry.id}`)).json).toEqual(entry)
    const key = await harness.makeKey('auditor', 'lab')
    expect((await harness.send(`GET /audit-entries/${entry.id}`, { key })).status).toBe(404)
    expect((await harness.send('GET /audit-entries/aud_nothing')).status).toBe(404)
  })
})
