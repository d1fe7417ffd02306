import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { entriesOf, openHarness } from './harness.ts'

const body = { role: 'operator', team: 'search', displayName: 'search-ci' }

describe('create', () => {
  test('201: the text once, and nowhere else', async () => {
    await using harness = await openHarness()
    const { status, json, headers } = await harness.send('POST /api-keys', { body })
    expect([status, headers.get('location')]).toEqual([201, `/api-keys/${json.id}`])
    expect(json.key).toMatch(/^cgk_[0-9a-z]{26}_[0-9a-f]{72}$/)
    expect((await harness.send('GET /whoami', { key: String(json.key) })).json).toMatchObject({
      role: 'operator',
    })
    const again = await harness.send(`GET /api-keys/${json.id}`)
    const list = await harness.send('GET /api-keys')
    const entries = JSON.stringify(await entriesOf(harness, 'key.create'))
    for (const shown of [again.text, list.text, entries, harness.logLines.join('')]) {
      expect(shown).not.toContain(String(json.key))
    }
    expect(harness.hidden).toContain(json.key)
  })

  test('201: an admin of a team makes keys of its team', async () => {
    await using harness = await openHarness()
    const key = await harness.makeKey('admin', 'search')
    expect((await harness.send('POST /api-keys', { key, body })).status).toBe(201)
  })

  test.each<[string, JsonObject]>([
    ['/role', { role: 'root' }],
    ['/team', { team: 'A B' }],
    ['/displayName', { displayName: '' }],
    ['/expireTime', { expireTime: '2020-01-01T00:00:00Z' }],
    ['/key', { key: 'chosen' }],
  ])('400: points at %s', async (pointer, wrong) => {
    await using harness = await openHarness()
    const { status, json } = await harness.send('POST /api-keys', { body: { ...body, ...wrong } })
    expect([status, json.errors]).toMatchObject([400, [{ pointer }]])
  })

  test.each(['ml', '*'])('403: an admin of a team cannot make a key of %s', async (team) => {
    await using harness = await openHarness()
    const key = await harness.makeKey('admin', 'search')
    expect((await harness.send('POST /api-keys', { key, body: { ...body, team } })).status).toBe(403)
  })
})

describe('read', () => {
  test('a team sees its own keys, page by page', async () => {
    await using harness = await openHarness()
    for (const team of ['ml', 'search', 'ml']) await harness.makeKey('viewer', team)
    const key = await harness.makeKey('auditor', 'ml')
    const first = await harness.send('GET /api-keys?pageSize=2', { key })
    const second = await harness.send(`GET /api-keys?pageSize=2&pageToken=${first.json.nextPageToken}`, {
      key,
    })
    const seen = [first, second].flatMap(({ json }) => json.apiKeys as JsonObject[])
    expect(seen.map(({ team }) => team)).toEqual(['ml', 'ml', 'ml'])
    const all = (await harness.send('GET /api-keys')).json.apiKeys as JsonObject[]
    const other = all.find(({ team }) => team === 'search')
    expect((await harness.send(`GET /api-keys/${other?.id}`, { key })).status).toBe(404)
  })
})

describe('revoke', () => {
  test('204, again too', async () => {
    await using harness = await openHarness()
    const { json } = await harness.send('POST /api-keys', { body })
    for (let i = 0; i < 2; i++) expect((await harness.send(`DELETE /api-keys/${json.id}`)).status).toBe(204)
    expect((await harness.send(`GET /api-keys/${json.id}`)).json.revokeTime).not.toBeNull()
  })

  test("404: another team's key", async () => {
    await using harness = await openHarness()
    const { json } = await harness.send('POST /api-keys', { body })
    const key = await harness.makeKey('admin', 'ml')
    expect((await harness.send(`DELETE /api-keys/${json.id}`, { key })).status).toBe(404)
  })

  test('409: the last key that administers everything', async () => {
    await using harness = await openHarness()
    const { json } = await harness.send('GET /whoami')
    const { id } = json.actor as { id: string }
    expect((await harness.send(`DELETE /api-keys/${id}`)).json.code).toBe('last-admin-key')
  })
})
