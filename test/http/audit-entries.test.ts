import { describe, expect, test } from 'vitest'
import { reconcilerActor } from '../../src/cluster/actor.ts'
import type { JsonObject } from '../../src/cluster/json.ts'
import { type AuditRecord, recordAudit, recordAuditAlone } from '../../src/store/audit-entries.ts'
import { entriesOf, type Harness, openHarness, startTime } from './harness.ts'

const who = {
  actor: reconcilerActor,
  requestId: 'req_test',
  context: { ip: null, userAgent: null, interface: 'reconciler' },
} as const
const plain: AuditRecord = { action: 'cluster.observe', outcome: 'SUCCESS', targets: [], team: 'search' }

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
    expect(await actions(harness, `?from=${at(60_000)}&team=search`)).toEqual(both)
    expect(await actions(harness, '?actor=key_nobody')).toEqual([])
  })

  test.each([
    ['all', ''],
    ['those of a team', '&team=search'],
    ['those of a target', '&target=CLUSTER'],
    ['those with a text', '&q=admin'],
  ])('pages hold everything once: %s; totalSize when asked for', async (_, narrowed) => {
    const { harness: opened, id } = await withHistory()
    await using harness = opened
    harness.clock.time += 1000
    const selection = `to=${new Date(harness.clock.time).toISOString()}${narrowed.replace('CLUSTER', id)}`
    const all = await actions(harness, `?${selection}`)
    expect(all.length).toBeGreaterThan(1)
    const seen: unknown[] = []
    let token: unknown
    do {
      const query = token === undefined ? '' : `&pageToken=${token}`
      const { json } = await harness.send(`GET /audit-entries?${selection}&pageSize=1&count=true${query}`)
      expect(json.totalSize).toBe(all.length)
      seen.push(...(json.auditEntries as JsonObject[]).map(({ action }) => action))
      token = json.nextPageToken
    } while (token !== undefined)
    expect(seen).toEqual(all)
  })

  test('an entry with several targets is found under each of them', async () => {
    await using harness = await openHarness()
    const targets = ['clu_one', 'con_two'].map((id) => ({ type: 'cluster', id, displayName: id }) as const)
    const id = await recordAuditAlone(harness.store, who, { ...plain, targets: [...targets, ...targets] })
    for (const target of targets) {
      const { json } = await harness.send(`GET /audit-entries?target=${target.id}`)
      expect((json.auditEntries as JsonObject[]).map((entry) => entry.id)).toEqual([id])
    }
  })

  test('newest first by their time, even where the clock was set back', async () => {
    await using harness = await openHarness()
    const at = async (time: number) => {
      harness.clock.time = startTime + time
      return recordAuditAlone(harness.store, who, plain)
    }
    const [second, first, third] = [await at(2000), await at(1000), await at(3000)]
    const { json } = await harness.send('GET /audit-entries?requestId=req_test')
    expect((json.auditEntries as JsonObject[]).map(({ id }) => id)).toEqual([third, second, first])
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

  test.each(['', '/proof'])(
    "another team's reads as if there were none, and the attempt is written down: /audit-entries/{id}%s",
    async (path) => {
      const { harness: opened } = await withHistory()
      await using harness = opened
      const [entry] = await entriesOf(harness, 'cluster.create')
      const none = `aud_${'0'.repeat(26)}`
      const key = await harness.makeKey('auditor', 'lab')
      const [hidden, nothing] = [
        await harness.send(`GET /audit-entries/${entry?.id}${path}`, { key }),
        await harness.send(`GET /audit-entries/${none}${path}`, { key }),
      ]
      expect([hidden.status, hidden.json.detail]).toEqual([nothing.status, nothing.json.detail])
      expect([...hidden.headers.keys()]).toEqual([...nothing.headers.keys()])
      const denied = await entriesOf(harness, 'audit.read&outcome=DENIED')
      expect(denied).toMatchObject([
        {
          actor: { displayName: 'auditor of lab' },
          team: 'search',
          targets: [{ type: 'audit', id: entry?.id }],
        },
      ])
    },
  )
})

describe('the history of a cluster', () => {
  test('leaves out what was the affair of another team before', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    await harness.settle(id, { externalId: 'in05-moved' })
    const headers = { reason: 'reorg, see HR-12' }
    await harness.send(`POST /clusters/${id}/release`, { headers })
    const body = { connection: 'zilliz-prod', team: 'lab', externalIds: ['in05-moved'] }
    await harness.send('POST /clusters/import', { body })
    const history = async (key: string) => {
      const { json, text } = await harness.send(`GET /clusters/${id}/history`, { key })
      if (!json.events) throw new Error(text)
      return (json.events as JsonObject[]).map(({ action, team }) => [action, team])
    }
    const imported = ['cluster.import', 'lab']
    expect(await history(await harness.makeKey('auditor', 'lab'))).toEqual([imported])
    const before = [
      ['cluster.release', 'search'],
      ['cluster.create', 'search'],
    ]
    expect(await history(harness.admin)).toEqual([imported, ...before])
  })
})

describe('a search for text', () => {
  async function found(harness: Harness, q: string, more = ''): Promise<unknown[]> {
    return actions(harness, `?q=${encodeURIComponent(q)}${more}`)
  }

  test('finds the words of an entry wherever they are in it', async () => {
    const { harness: opened, id } = await withHistory()
    await using harness = opened
    const headers = { reason: 'INC-1042: Überprüfung "now"' }
    await harness.send(`POST /clusters/${id}/refresh`, { headers })
    const refreshed = ['cluster.refresh']
    for (const q of ['inc-1042', 'uberprufung', 'INC-1042 now', 'überp*', '"now"', `${id} now`]) {
      expect([q, await found(harness, q)]).toEqual([q, refreshed])
    }
    expect(await found(harness, 'search-index', '&action=cluster.create')).toEqual(['cluster.create'])
    expect(await found(harness, 'r-del')).toEqual(['cluster.delete'])
    expect(await found(harness, id)).toEqual(['cluster.refresh', 'cluster.delete', 'cluster.create'])
    expect(await found(harness, 'admin of', `&target=${id}`)).toHaveLength(3)
    const provider = { id: 'zilliz', requestId: 'up-77', httpStatus: 429, code: '49001' }
    await recordAuditAlone(harness.store, who, { ...plain, provider })
    for (const q of ['up-77', '49001']) expect(await found(harness, q)).toEqual(['cluster.observe'])
  })

  test('finds nothing where a word is missing, and nothing for signs alone', async () => {
    const { harness: opened } = await withHistory()
    await using harness = opened
    for (const q of ['search-index nonsense', 'searc', '---', '*', '"', 'a:b OR c', '(', 'NEAR(x y)']) {
      expect([q, await found(harness, q)]).toEqual([q, []])
    }
  })

  test('for words that many entries have looks at so many a page, and says that there is more', async () => {
    await using harness = await openHarness()
    const wanted = await recordAuditAlone(harness.store, who, { ...plain, team: 'rare' })
    await harness.store.write(async (session) => {
      for (let i = 0; i < 5500; i++) await recordAudit(harness.store, session, who, plain)
    })
    const query = 'GET /audit-entries?q=cluster.observe&team=rare'
    const first = await harness.send(query)
    expect(first.json).toMatchObject({ auditEntries: [], nextPageToken: expect.any(String) })
    const second = await harness.send(`${query}&pageToken=${first.json.nextPageToken}`)
    expect(second.json).toMatchObject({ auditEntries: [{ id: wanted }] })
    expect(second.json.nextPageToken).toBeUndefined()
    const whole = await harness.send(query, { headers: { accept: 'application/x-ndjson' } })
    expect(JSON.parse(whole.text).id).toBe(wanted)
  })

  test('does not find what was rolled back', async () => {
    await using harness = await openHarness()
    const written = recordAuditAlone(harness.store, who, { ...plain, targets: [target('clu_kept')] })
    const failed = harness.store.write(async (session) => {
      await recordAudit(harness.store, session, who, { ...plain, targets: [target('clu_undone')] })
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    await written
    expect(await found(harness, 'clu_undone')).toEqual([])
    expect(await found(harness, 'clu_kept')).toEqual(['cluster.observe'])
  })
})

const target = (id: string) => ({ type: 'cluster', id, displayName: id }) as const

describe('reading the log', () => {
  const readings = (harness: Harness) => entriesOf(harness, 'audit.read')

  test('is an entry: who, from where, why and for what; every page of it', async () => {
    const { harness: opened, id } = await withHistory()
    await using harness = opened
    const key = await harness.makeKey('auditor', 'search')
    const headers = { reason: 'AUDIT-7', 'user-agent': 'siem/1' }
    const first = await harness.send(`GET /audit-entries?target=${id}&pageSize=1`, { key, headers })
    const next = `GET /audit-entries?target=${id}&pageSize=1&pageToken=${first.json.nextPageToken}`
    expect((await harness.send(next, { key })).status).toBe(200)
    const [following, entry, ...others] = await readings(harness)
    expect(others).toEqual([])
    expect(following).toMatchObject({
      actor: { displayName: 'auditor of search' },
      changes: [{ after: `GET /audit-entries?target=${id}&pageSize=1&pageToken=…` }],
    })
    expect(entry).toMatchObject({
      outcome: 'SUCCESS',
      actor: { displayName: 'auditor of search' },
      team: 'search',
      targets: [{ type: 'audit', id: 'audit-log' }],
      reason: 'AUDIT-7',
      context: { userAgent: 'siem/1' },
      changes: [{ path: '/request', before: null, after: `GET /audit-entries?target=${id}&pageSize=1` }],
    })
  })

  test('one entry, or the history of a cluster, is an entry too', async () => {
    const { harness: opened, id } = await withHistory()
    await using harness = opened
    const [entry] = await entriesOf(harness, 'cluster.create')
    await harness.send(`GET /audit-entries/${entry?.id}`)
    await harness.send(`GET /clusters/${id}/history`)
    const first = await harness.send(`GET /clusters/${id}/history?pageSize=1`)
    await harness.send(`GET /clusters/${id}/history?pageSize=1&pageToken=${first.json.nextPageToken}`)
    const requests = (await readings(harness)).map(({ changes }) => (changes as JsonObject[])[0]?.after)
    expect(requests.slice(0, 4)).toEqual([
      `GET /clusters/${id}/history?pageSize=1&pageToken=…`,
      `GET /clusters/${id}/history?pageSize=1`,
      `GET /clusters/${id}/history`,
      `GET /audit-entries/${entry?.id}`,
    ])
  })

  test("a page token is of no use to anybody else, who would read under another's name", async () => {
    const { harness: opened } = await withHistory()
    await using harness = opened
    const { json } = await harness.send('GET /audit-entries?pageSize=1')
    const key = await harness.makeKey('admin', '*')
    const answer = await harness.send(`GET /audit-entries?pageSize=1&pageToken=${json.nextPageToken}`, {
      key,
    })
    expect([answer.status, answer.json.code]).toEqual([400, 'invalid-page-token'])
  })

  test('for a secret does not write the secret down', async () => {
    await using harness = await openHarness()
    harness.deps.hide('s3cret-of-somebody')
    await harness.send('GET /audit-entries?q=s3cret-of-somebody')
    expect(JSON.stringify(await readings(harness))).not.toContain('s3cret-of-somebody')
    expect(JSON.stringify(await readings(harness))).toContain('q=[redacted]')
  })
})

describe('an actor whose key is gone', () => {
  test('stays readable, and can still be asked for', async () => {
    await using harness = await openHarness()
    const body = { role: 'operator', team: 'search', displayName: 'search-ci' }
    const { json: made } = await harness.send('POST /api-keys', { body })
    const id = await harness.makeCluster({ team: 'search' }, String(made.key))
    expect((await harness.send(`DELETE /api-keys/${made.id}`)).status).toBe(204)
    expect((await harness.send('GET /whoami', { key: String(made.key) })).status).toBe(401)
    for (const query of [`actor=${made.id}`, `target=${id}`, `q=search-ci&target=${id}`]) {
      const { json } = await harness.send(`GET /audit-entries?${query}`)
      expect(json.auditEntries).toMatchObject([
        { action: 'cluster.create', actor: { type: 'api_key', id: made.id, displayName: 'search-ci' } },
      ])
    }
    const { json } = await harness.send(`GET /clusters/${id}`)
    expect(json.createdBy).toMatchObject({ id: made.id, displayName: 'search-ci' })
  })
})
