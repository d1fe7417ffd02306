import { hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { findConnection } from '../../src/store/read-connections.ts'
import { entriesOf, fireworksConnection, openHarness, zillizConnection } from './harness.ts'

const another = { ...zillizConnection, name: 'another' }

describe('create: 201', () => {
  test('a fingerprint, and never the key, in any answer, entry or log line', async () => {
    await using harness = await openHarness()
    const { status, json, headers, text } = await harness.send('POST /connections', { body: another })
    expect([status, headers.get('location'), headers.get('etag')]).toEqual([
      201,
      `/connections/${json.id}`,
      '"1"',
    ])
    expect(json).toMatchObject({
      name: 'another',
      teams: ['*'],
      settings: { baseUrl: 'https://api.cloud.zilliz.com' },
      apiKeyFingerprint: hash('sha256', another.apiKey).slice(0, 16),
      verifying: true,
    })
    const entries = JSON.stringify(await entriesOf(harness, 'connection.create'))
    for (const shown of [text, entries, harness.logLines.join('')])
      expect(shown).not.toContain(another.apiKey)
    expect(harness.hidden).toContain(another.apiKey)
  })

  test('the key is sealed for its row', async () => {
    await using harness = await openHarness()
    const { json } = await harness.send('POST /connections', { body: another })
    const row = await findConnection(harness.store, String(json.id))
    const place = { table: 'connections', row: String(json.id), column: 'sealedApiKey', team: '*' }
    expect(await harness.deps.vault.open(row?.sealedApiKey ?? '', place)).toBe(another.apiKey)
  })

  test('an admin of a team makes connections of that team, and by default', async () => {
    await using harness = await openHarness()
    const key = await harness.makeKey('admin', 'ml')
    const { teams, ...body } = another
    expect((await harness.send('POST /connections', { key, body })).json.teams).toEqual(['ml'])
  })
})

describe('create: 400', () => {
  test.each<[string, JsonObject]>([
    ['/name', { name: 'No Name' }],
    ['/provider', { provider: 'acme' }],
    ['/apiKey', { apiKey: '' }],
    ['/apiKey', { apiKey: 'with space' }],
    ['/teams', { teams: [] }],
    ['/teams', { teams: ['a', 'a'] }],
    ['/teams/0', { teams: ['A B'] }],
    ['/settings/color', { settings: { color: 'red' } }],
    ['/settings/baseUrl', { settings: { baseUrl: 'http://api.cloud.zilliz.com' } }],
    ['/settings/baseUrl', { settings: { baseUrl: 'http://127.0.0.1:9000' } }],
    ['/settings/baseUrl', { settings: { baseUrl: 'https://user:pw@api.cloud.zilliz.com' } }],
    ['/settings/baseUrl', { settings: { baseUrl: 'https://api.cloud.zilliz.com?x=1' } }],
    ['/settings/baseUrl', { settings: { baseUrl: 'nonsense' } }],
    ...[
      '10.0.0.5',
      '169.254.169.254',
      '[fd00::1]',
      '[::ffff:10.0.0.5]',
      '0x7f.1',
      '2130706433',
      'localhost',
    ].map((host): [string, JsonObject] => [
      '/settings/baseUrl',
      { settings: { baseUrl: `https://${host}` } },
    ]),
    ['/verifiedTime', { verifiedTime: null }],
  ])('points at %s for %j', async (pointer, wrong) => {
    await using harness = await openHarness()
    const { status, json, text } = await harness.send('POST /connections', { body: { ...another, ...wrong } })
    expect([status, json.errors]).toMatchObject([400, [{ pointer }]])
    expect(text).not.toContain(another.apiKey)
  })

  test('settings that the provider needs', async () => {
    await using harness = await openHarness()
    const { settings, ...body } = fireworksConnection
    const { json } = await harness.send('POST /connections', { body: { ...body, name: 'more' } })
    expect(json.errors).toMatchObject([{ pointer: '/settings/accountId' }])
  })

  test('loopback is for those who allow it', async () => {
    const config = { allowLoopbackUpstreams: true, version: '0', authFailuresPerMinute: 30 }
    await using harness = await openHarness({ config })
    const hosts = ['127.0.0.1', '[::1]', 'localhost']
    for (const [i, host] of hosts.entries()) {
      const body = { ...another, name: `n${i}`, settings: { baseUrl: `http://${host}:9000` } }
      expect((await harness.send('POST /connections', { body })).status).toBe(201)
    }
    const body = { ...another, settings: { baseUrl: 'http://127.0.0.1.example.com' } }
    expect((await harness.send('POST /connections', { body })).status).toBe(400)
  })
})

describe('create: 403', () => {
  test('an admin of a team cannot make one for others', async () => {
    await using harness = await openHarness()
    const key = await harness.makeKey('admin', 'ml')
    expect((await harness.send('POST /connections', { key, body: another })).status).toBe(403)
  })
})

describe('create: 409', () => {
  test('a taken name', async () => {
    await using harness = await openHarness()
    expect((await harness.send('POST /connections', { body: zillizConnection })).json.code).toBe('name-taken')
  })
})

describe('read', () => {
  test('lists by page, provider and name; a team sees those that serve it', async () => {
    await using harness = await openHarness()
    const names = async (query: string, key = harness.admin) => {
      const { json } = await harness.send(`GET /connections${query}`, { key })
      return [
        (json.connections as JsonObject[]).map(({ name }) => name),
        json.totalSize,
        'nextPageToken' in json,
      ]
    }
    expect(await names('?count=true')).toEqual([['zilliz-prod', 'fireworks-prod'], 2, false])
    expect(await names('?pageSize=1')).toEqual([['zilliz-prod'], undefined, true])
    expect(await names('?provider=fireworks')).toEqual([['fireworks-prod'], undefined, false])
    expect(await names('', await harness.makeKey('viewer', 'search'))).toEqual([
      ['zilliz-prod'],
      undefined,
      false,
    ])
  })

  test('one, with its ETag; 304; 404 where it does not serve the team', async () => {
    await using harness = await openHarness()
    const { json } = await harness.send('GET /connections?name=fireworks-prod')
    const [{ id }] = json.connections as [{ id: string }]
    const { status, headers } = await harness.send(`GET /connections/${id}`)
    expect([status, headers.get('etag')]).toEqual([200, '"1"'])
    const known = { headers: { 'if-none-match': '"1"' } }
    expect((await harness.send(`GET /connections/${id}`, known)).status).toBe(304)
    const key = await harness.makeKey('viewer', 'search')
    expect((await harness.send(`GET /connections/${id}`, { key })).status).toBe(404)
  })
})

describe('update', () => {
  test('a new key is sealed and verified anew', async () => {
    await using harness = await openHarness()
    const { json } = await harness.send('POST /connections', { body: another })
    const { id } = json as { id: string }
    const patched = await harness.send(`PATCH /connections/${id}`, { body: { apiKey: 'a-new-secret-key' } })
    expect([patched.status, patched.json.apiKeyFingerprint]).toEqual([
      200,
      hash('sha256', 'a-new-secret-key').slice(0, 16),
    ])
    const row = await findConnection(harness.store, id)
    const place = { table: 'connections', row: id, column: 'sealedApiKey', team: '*' }
    expect(await harness.deps.vault.open(row?.sealedApiKey ?? '', place)).toBe('a-new-secret-key')
    expect(JSON.stringify(await entriesOf(harness, 'connection.update'))).not.toContain('a-new-secret-key')
  })

  test('settings are merged, and checked whole', async () => {
    await using harness = await openHarness()
    const { json } = await harness.send('POST /connections', {
      body: { ...fireworksConnection, name: 'more' },
    })
    const path = `PATCH /connections/${json.id}`
    const merged = await harness.send(path, { body: { settings: { allowFakeClusters: true } } })
    expect(merged.json.settings).toMatchObject({ accountId: 'acme', allowFakeClusters: true })
    const broken = await harness.send(path, { body: { settings: { accountId: null } } })
    expect([broken.status, broken.json.errors]).toMatchObject([400, [{ pointer: '/settings/accountId' }]])
  })

  test('a patch that changes nothing leaves the ETag; an old If-Match is refused; the name stays', async () => {
    await using harness = await openHarness()
    const { json } = await harness.send('POST /connections', { body: another })
    const path = `PATCH /connections/${json.id}`
    expect((await harness.send(path, { body: { teams: ['*'] } })).json.etag).toBe('"1"')
    expect(
      (await harness.send(path, { body: { teams: ['a'] }, headers: { 'if-match': '"7"' } })).status,
    ).toBe(412)
    expect((await harness.send(path, { body: { name: 'x' } })).json.errors).toMatchObject([
      { pointer: '/name' },
    ])
  })

  test('an admin of a team leaves shared connections alone', async () => {
    await using harness = await openHarness()
    const { json } = await harness.send('POST /connections', { body: another })
    const key = await harness.makeKey('admin', 'ml')
    expect(
      (await harness.send(`PATCH /connections/${json.id}`, { key, body: { teams: ['ml'] } })).status,
    ).toBe(403)
    expect((await harness.send(`DELETE /connections/${json.id}`, { key })).status).toBe(403)
  })
})

describe('another host', () => {
  test('is no place for the key that is stored, so it takes the key again', async () => {
    await using harness = await openHarness()
    const { json } = await harness.send('GET /connections?name=zilliz-prod')
    const [connection] = json.connections as JsonObject[]
    const line = `PATCH /connections/${connection?.id}`
    for (const baseUrl of ['https://collector.example', 'https://api.cloud.zilliz.com:444']) {
      const { status, json: problem } = await harness.send(line, { body: { settings: { baseUrl } } })
      expect([status, problem.errors]).toMatchObject([400, [{ pointer: '/apiKey' }]])
    }
    const same = { settings: { orgId: 'org-1', baseUrl: 'https://api.cloud.zilliz.com' } }
    expect((await harness.send(line, { body: same })).status).toBe(200)
    const moved = { settings: { baseUrl: 'https://zilliz.example' }, apiKey: 'another-key-of-zilliz' }
    expect((await harness.send(line, { body: moved })).status).toBe(200)
  })
})

describe('delete', () => {
  test('204; then there is none', async () => {
    await using harness = await openHarness()
    const { json } = await harness.send('POST /connections', { body: another })
    expect((await harness.send(`DELETE /connections/${json.id}`)).status).toBe(204)
    expect((await harness.send(`GET /connections/${json.id}`)).status).toBe(404)
    expect((await harness.send('POST /connections', { body: another })).status).toBe(201)
  })

  test('409 while clusters live on it', async () => {
    await using harness = await openHarness()
    await harness.makeCluster()
    const { json } = await harness.send('GET /connections?name=zilliz-prod')
    const [{ id }] = json.connections as [{ id: string }]
    expect((await harness.send(`DELETE /connections/${id}`)).json.code).toBe('connection-in-use')
  })
})
