import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { entriesOf, type Harness, openHarness } from './harness.ts'

const several = [
  { role: 'operator', team: 'search' },
  { role: 'viewer', team: 'ml' },
]

async function makeScoped(harness: Harness, scopes: JsonObject[], given: object = {}): Promise<string> {
  const { status, json, text } = await harness.send('POST /api-keys', { body: { scopes, ...given } })
  expect(status, text).toBe(201)
  return String(json.key)
}

describe('a key of several scopes', () => {
  test('tells them; role and team are of a key with one', async () => {
    await using harness = await openHarness()
    const body = { scopes: [...several, several[0]], displayName: 'portal' }
    const { json } = await harness.send('POST /api-keys', { body })
    expect(json).toMatchObject({ scopes: several, displayName: 'portal' })
    expect([json.role, json.team]).toEqual([undefined, undefined])
    const one = await harness.send('POST /api-keys', { body: { scopes: [{ role: 'viewer', team: 'ml' }] } })
    expect(one.json).toMatchObject({ role: 'viewer', team: 'ml', displayName: 'viewer of ml' })
    expect(await entriesOf(harness, 'key.create')).toContainEqual(
      expect.objectContaining({ team: null, changes: [{ path: '/scopes', before: null, after: several }] }),
    )
  })

  test('all of one team is that team’s affair', async () => {
    await using harness = await openHarness()
    const auditor = await harness.makeKey('auditor', 'search')
    const scopes = ['operator', 'auditor'].map((role) => ({ role, team: 'search' }))
    const { json } = await harness.send('POST /api-keys', { body: { scopes } })
    await harness.send(`DELETE /api-keys/${json.id}`)
    const seen = await harness.send(`GET /audit-entries?target=${json.id}`, { key: auditor })
    expect(seen.json.auditEntries).toMatchObject([
      { action: 'key.revoke', team: 'search' },
      { action: 'key.create', team: 'search' },
    ])
    await harness.makeKey('viewer', '*')
    expect((await entriesOf(harness, 'key.create'))[0]).toMatchObject({ team: '*' })
  })

  test('sees what its teams have, and changes where it may', async () => {
    await using harness = await openHarness()
    const key = await makeScoped(harness, several)
    const ids = {
      search: await harness.makeCluster({ team: 'search', name: 'one' }),
      ml: await harness.makeCluster({ team: 'ml', name: 'two' }),
      other: await harness.makeCluster({ team: 'other', name: 'three' }),
    }
    const { json } = await harness.send('GET /clusters?orderBy=name', { key })
    expect((json.clusters as JsonObject[]).map(({ id }) => id)).toEqual([ids.search, ids.ml])
    const body = { labels: { a: 'b' } }
    const headers = { 'content-type': 'application/merge-patch+json' }
    const statuses = async (line: string, sent: object) =>
      Promise.all(
        Object.values(ids).map(async (id) => (await harness.send(`${line}/${id}`, { key, ...sent })).status),
      )
    expect(await statuses('GET /clusters', {})).toEqual([200, 200, 404])
    expect(await statuses('PATCH /clusters', { body, headers })).toEqual([200, 403, 404])
    const denied = (await entriesOf(harness, 'cluster.update')).filter(({ outcome }) => outcome === 'DENIED')
    expect(denied.map(({ team }) => team).sort()).toEqual(['ml', 'other'])
  })

  test('creates for the only team that it can be for; of several it must name one', async () => {
    await using harness = await openHarness()
    const key = await makeScoped(harness, several)
    const id = await harness.makeCluster({ team: undefined }, key)
    expect((await harness.send(`GET /clusters/${id}`, { key })).json.team).toBe('search')
    const both = await makeScoped(harness, [
      { role: 'operator', team: 'search' },
      { role: 'operator', team: 'ml' },
    ])
    const body = { provider: 'zilliz', name: 'unnamed', connection: 'zilliz-prod', region: 'gcp-us-west1' }
    const spec = { plan: 'SERVERLESS', projectId: 'proj-0123456789abcdef012345' }
    const { json } = await harness.send('POST /clusters', { key: both, body: { ...body, spec } })
    expect(json.errors).toMatchObject([{ pointer: '/team' }])
  })

  test('lists the audit log and the keys of the teams where it may, and not of those that it can only see', async () => {
    await using harness = await openHarness()
    const key = await makeScoped(harness, [
      { role: 'auditor', team: 'search' },
      { role: 'viewer', team: 'ml' },
    ])
    const [search, ml] = [await harness.makeKey('viewer', 'search'), await harness.makeKey('viewer', 'ml')]
    const idOf = async (text: string) => {
      const { json } = await harness.send('GET /whoami', { key: text })
      return (json.actor as JsonObject).id
    }
    const [seen, unseen] = [await idOf(search), await idOf(ml)]
    const keys = (await harness.send('GET /api-keys', { key })).json.apiKeys as JsonObject[]
    expect(keys.map(({ id }) => id)).toContain(seen)
    expect(keys.map(({ id }) => id)).not.toContain(unseen)
    const { json } = await harness.send('GET /audit-entries?action=key.create', { key })
    expect((json.auditEntries as JsonObject[]).map(({ team }) => team)).toEqual(['search'])
    expect((await harness.send(`GET /api-keys/${unseen}`, { key })).status).toBe(403)
  })

  test.each<[string[], JsonObject]>([
    [['/role', '/team'], {}],
    [['/team'], { role: 'viewer' }],
    [['/role'], { role: 'viewer', scopes: several }],
    [['/scopes'], { scopes: [] }],
    [['/scopes'], { scopes: Array.from({ length: 21 }, (_, i) => ({ role: 'viewer', team: `t${i}` })) }],
    [['/scopes/0/role'], { scopes: [{ role: 'root', team: 'ml' }] }],
    [['/scopes/0/team'], { scopes: [{ role: 'viewer', team: 'M L' }] }],
    [['/scopes/0/all'], { scopes: [{ role: 'viewer', team: 'ml', all: true }] }],
    [['/allowOnBehalfOf'], { role: 'viewer', team: 'ml', allowOnBehalfOf: 'yes' }],
  ])('400: points at %j', async (pointers, body) => {
    await using harness = await openHarness()
    const { status, json } = await harness.send('POST /api-keys', { body })
    expect([status, json.errors]).toMatchObject([400, pointers.map((pointer) => ({ pointer }))])
  })
})

describe('who makes a key', () => {
  const cases: [string, JsonObject[], JsonObject[], number][] = [
    ['its own rights', [{ role: 'admin', team: 'search' }], [{ role: 'admin', team: 'search' }], 201],
    ['less than its own', [{ role: 'admin', team: 'search' }], [{ role: 'viewer', team: 'search' }], 201],
    ['another team beside its own', [{ role: 'admin', team: 'search' }], several, 403],
    ['all teams', [{ role: 'admin', team: 'search' }], [{ role: 'viewer', team: '*' }], 403],
    [
      'a team in which it is no admin',
      [
        { role: 'admin', team: 'search' },
        { role: 'operator', team: 'ml' },
      ],
      [{ role: 'viewer', team: 'ml' }],
      403,
    ],
  ]
  test.each(cases)('may give %s or not', async (_, mine, wanted, status) => {
    await using harness = await openHarness()
    const key = await makeScoped(harness, mine)
    expect((await harness.send('POST /api-keys', { key, body: { scopes: wanted } })).status).toBe(status)
  })

  test('403: neither rotates nor revokes a key that may do more than it', async () => {
    await using harness = await openHarness()
    const { json } = await harness.send('POST /api-keys', { body: { scopes: several } })
    const key = await harness.makeKey('admin', 'search')
    expect((await harness.send(`GET /api-keys/${json.id}`, { key })).status).toBe(200)
    expect((await harness.send(`POST /api-keys/${json.id}/rotate`, { key })).status).toBe(403)
    expect((await harness.send(`DELETE /api-keys/${json.id}`, { key })).status).toBe(403)
    expect((await harness.send('GET /whoami', { key: String(json.key) })).status).toBe(200)
  })
})
