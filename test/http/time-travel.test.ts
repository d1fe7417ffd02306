import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { readClusterRow, updateClusterRow } from '../../src/store/cluster-rows.ts'
import { entriesOf, type Harness, openHarness } from './harness.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

const merge = { 'content-type': 'application/merge-patch+json' }

async function get(harness: Harness, path: string, query: Record<string, string> = {}, key = harness.admin) {
  const answer = await harness.send(`GET ${path}?${new URLSearchParams(query)}`, { key })
  return { ...answer, list: (answer.json.clusters ?? answer.json.diffs) as JsonObject[] }
}

function now(harness: Harness): string {
  return new Date(harness.clock.time).toISOString()
}

/** Two teams' clusters on the first day; on the second one is changed, one released, one deleted, and one made. */
async function quarter() {
  const harness = await openHarness()
  const key = await harness.makeKey('operator', 'search')
  const ids: Record<string, string> = {}
  const make = async (name: string, team: string, by?: string) => {
    ids[name] = await harness.makeCluster({ name, team, labels: { env: 'prod' } }, by)
    await harness.settle(ids[name] ?? '')
    harness.clock.time += hourMs
  }
  await make('kept', 'search', key)
  await make('changed', 'search')
  await make('released', 'search')
  await make('gone', 'search', key)
  await make('other', 'ml')
  const end = now(harness)
  harness.clock.time += dayMs
  await harness.send(`PATCH /clusters/${ids.changed}`, {
    body: { labels: { env: 'test' } },
    headers: merge,
    key,
  })
  harness.clock.time += hourMs
  await harness.send(`POST /clusters/${ids.released}/release`)
  harness.clock.time += hourMs
  await harness.send(`DELETE /clusters/${ids.gone}`, { key })
  await harness.settle(ids.gone ?? '', { state: 'DELETED', deleteTime: harness.clock.time })
  await make('late', 'search')
  return { harness, ids, end, key }
}

const named = (list: JsonObject[]) => list.map(({ name }) => name)

describe('the inventory as of an instant', () => {
  test('tells in one request what a team owned at the end of a quarter, and who made each', async () => {
    const { harness: opened, end } = await quarter()
    await using harness = opened
    const query = { asOf: end, team: 'search', fields: 'name,state,createdBy.displayName', orderBy: 'name' }
    const { json } = await get(harness, '/clusters', { ...query, count: 'true' })
    const by = (displayName: string) => ({ state: 'READY', createdBy: { displayName } })
    expect(json).toEqual({
      clusters: [
        { name: 'changed', ...by('admin of *') },
        { name: 'gone', ...by('operator of search') },
        { name: 'kept', ...by('operator of search') },
        { name: 'released', ...by('admin of *') },
      ],
      syncs: [],
      totalSize: 4,
    })
  })

  test('is narrowed by what was so then: filter, labels, words, ages', async () => {
    const { harness: opened, end } = await quarter()
    await using harness = opened
    const found = async (query: Record<string, string>) =>
      named((await get(harness, '/clusters', { asOf: end, ...query })).list)
    expect(await found({ 'label.env': 'prod', team: 'search' })).toHaveLength(4)
    expect(await found({ filter: 'labels.env = "test"' })).toEqual([])
    expect(await found({ filter: 'state = "DELETED" OR management = "UNMANAGED"' })).toEqual([])
    expect(await found({ filter: 'age <= 2h' })).toEqual(['other', 'gone'])
    expect(await found({ q: 'gon prod' })).toEqual(['gone'])
    expect(await found({ orderBy: 'team', filter: 'name = "g*" OR team = "ml"' })).toEqual(['other', 'gone'])
    expect(await found({ name: 'late' })).toEqual([])
  })

  test('comes page by page, under tokens of its own, whatever happens meanwhile', async () => {
    const { harness: opened, end, ids } = await quarter()
    await using harness = opened
    for (const [orderBy, names] of [
      ['createTime', ['kept', 'changed', 'released', 'gone', 'other']],
      ['createTime desc', ['other', 'gone', 'released', 'changed', 'kept']],
    ] as const) {
      const seen: unknown[] = []
      for (let token = ''; ; ) {
        const query = { asOf: end, orderBy, pageSize: '1', ...(token && { pageToken: token }) }
        const { json, list } = await get(harness, '/clusters', query)
        seen.push(...named(list))
        // What was just told changes.
        for (const { id } of list) {
          const body = { displayName: `After ${orderBy} ${seen.length}` }
          await harness.send(`PATCH /clusters/${id}`, { body, headers: merge })
        }
        harness.clock.time += 1
        if (json.nextPageToken === undefined) break
        token = String(json.nextPageToken)
        const other = { ...query, pageToken: token, asOf: now(harness) }
        expect((await get(harness, '/clusters', other)).json.code).toBe('invalid-page-token')
        expect((await get(harness, '/clusters', { orderBy, pageToken: token })).json.code).toBe(
          'invalid-page-token',
        )
      }
      expect(seen).toEqual(names)
    }
    expect(ids).toHaveProperty('late')
  })

  test('comes whole as NDJSON and as CSV', async () => {
    const { harness: opened, end } = await quarter()
    await using harness = opened
    const whole = async (accept: string) =>
      (await harness.send(`GET /clusters?asOf=${end}&orderBy=name`, { headers: { accept } })).text
    const lines = (await whole('application/x-ndjson')).trim().split('\n')
    expect(named(lines.map((line) => JSON.parse(line)))).toEqual([
      'changed',
      'gone',
      'kept',
      'other',
      'released',
    ])
    expect((await whole('text/csv')).split('\r\n').map((line) => line.split(',')[1])).toEqual([
      'name',
      'changed',
      'gone',
      'kept',
      'other',
      'released',
      undefined,
    ])
  })

  test('is the same answer for ever, with the same ETag', async () => {
    const { harness: opened, end, ids } = await quarter()
    await using harness = opened
    const first = await get(harness, '/clusters', { asOf: end })
    await harness.send(`DELETE /clusters/${ids.kept}`)
    harness.clock.time += dayMs
    const headers = { 'if-none-match': String(first.headers.get('etag')) }
    const { status } = await harness.send(`GET /clusters?asOf=${end}`, { headers })
    expect(status).toBe(304)
  })

  test('has every change of its own instant, and is not held up by what is done after', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    await harness.send(`PATCH /clusters/${id}`, { body: { displayName: 'Second' }, headers: merge })
    await harness.send(`PATCH /clusters/${id}`, { body: { displayName: 'Third' }, headers: merge })
    const at = now(harness)
    expect((await get(harness, '/clusters', { asOf: at })).list).toMatchObject([{ displayName: 'Third' }])
    harness.clock.time += 1
    await harness.send(`PATCH /clusters/${id}`, { body: { displayName: 'Fourth' }, headers: merge })
    expect((await get(harness, '/clusters', { asOf: at })).list).toMatchObject([{ displayName: 'Third' }])
  })

  test('waits for what is being written', async () => {
    await using harness = await openHarness()
    const { store } = harness
    const id = await harness.makeCluster()
    const gate = Promise.withResolvers<void>()
    const writing = store.write(async (session) => {
      await gate.promise
      await updateClusterRow(store, session, await readClusterRow(session, id), { displayName: 'Written' })
    })
    const asked = get(harness, '/clusters', { asOf: now(harness) })
    // An answer that does not wait is there by then.
    for (let turns = 0; turns < 100; turns++) await setImmediate()
    gate.resolve()
    await writing
    expect((await asked).list).toMatchObject([{ displayName: 'Written' }])
  })
})

describe('one cluster as of an instant', () => {
  test('is what it was; where there was none yet, there is none', async () => {
    const { harness: opened, ids, end } = await quarter()
    await using harness = opened
    const asOf = (id: string | undefined, at: string) => get(harness, `/clusters/${id}`, { asOf: at })
    expect((await asOf(ids.gone, end)).json).toMatchObject({ name: 'gone', state: 'READY', deleteTime: null })
    expect((await asOf(ids.gone, now(harness))).json).toMatchObject({ state: 'DELETED' })
    expect((await asOf(ids.released, end)).json).toMatchObject({ management: 'MANAGED' })
    expect((await asOf(ids.late, end)).status).toBe(404)
    const { headers, status } = await asOf(ids.kept, end)
    const known = { 'if-none-match': String(headers.get('etag')) }
    const again = await harness.send(`GET /clusters/${ids.kept}?asOf=${end}`, { headers: known })
    expect([status, again.status]).toEqual([200, 304])
  })
})

describe('who sees the past', () => {
  test('is who may see the team that a cluster had then', async () => {
    await using harness = await openHarness()
    const [search, ml] = [await harness.makeKey('viewer', 'search'), await harness.makeKey('viewer', 'ml')]
    const id = await harness.makeCluster()
    await harness.settle(id)
    harness.clock.time += hourMs
    const before = now(harness)
    harness.clock.time += hourMs
    await harness.change(id, { team: 'ml' })
    await harness.send(`PATCH /clusters/${id}`, { body: { displayName: 'Theirs' }, headers: merge })
    harness.clock.time += hourMs
    const after = now(harness)
    for (const [key, at, sees] of [
      [search, before, true],
      [search, after, false],
      [ml, before, false],
      [ml, after, true],
    ] as const) {
      expect((await get(harness, '/clusters', { asOf: at }, key)).list).toHaveLength(sees ? 1 : 0)
      expect((await get(harness, `/clusters/${id}`, { asOf: at }, key)).status).toBe(sees ? 200 : 404)
      const { json } = await get(harness, '/clusters/summary', { asOf: at }, key)
      expect(json.totalSize).toBe(sees ? 1 : 0)
    }
    const came = (await get(harness, '/clusters/diff', { from: before, to: after }, ml)).list
    expect(came).toMatchObject([{ change: 'CREATED', changes: [], cluster: { displayName: 'Theirs' } }])
    expect((await get(harness, '/clusters/diff', { from: before, to: after }, search)).list).toEqual([])
    const all = (await get(harness, '/clusters/diff', { from: before, to: after })).list
    expect(all).toMatchObject([{ change: 'CHANGED' }])
    expect(all[0]?.changes).toContainEqual({ path: '/team', before: 'search', after: 'ml' })
  })
})

describe('the summary as of an instant', () => {
  test('counts what was, by any two dimensions, narrowed by any field', async () => {
    const { harness: opened, end } = await quarter()
    await using harness = opened
    const groups = async (query: Record<string, string>) =>
      (await get(harness, '/clusters/summary', { asOf: end, ...query })).json
    expect(await groups({ groupBy: 'team,state' })).toEqual({
      groups: [
        { team: 'search', state: 'READY', count: 4 },
        { team: 'ml', state: 'READY', count: 1 },
      ],
      totalSize: 5,
      syncs: [],
    })
    expect(await groups({ groupBy: 'labels.env', filter: 'displayName = "k*" OR age < 1m' })).toMatchObject({
      groups: [{ 'labels.env': 'prod', count: 1 }],
    })
    expect(await groups({ groupBy: 'creator', team: 'ml' })).toMatchObject({
      groups: [{ creatorName: 'admin of *', count: 1 }],
    })
  })
})

describe('the difference of two instants', () => {
  test('tells what came, went and changed, the latest first, and who did it', async () => {
    const { harness: opened, end, ids } = await quarter()
    await using harness = opened
    const { json, list } = await get(harness, '/clusters/diff', {
      from: end,
      to: now(harness),
      count: 'true',
    })
    expect(json).toMatchObject({ from: end, to: now(harness), totalSize: 4 })
    const short = list.map(({ change, cluster, acts }) => [
      change,
      (cluster as JsonObject).name,
      ...(acts as JsonObject[]).map(
        ({ action, actor }) => `${action} by ${(actor as JsonObject).displayName}`,
      ),
    ])
    expect(short).toEqual([
      // The test itself plays the reconciler, and writes no entry.
      ['CREATED', 'late', expect.any(String), 'cluster.create by admin of *'],
      ['DELETED', 'gone', expect.any(String), 'cluster.delete by operator of search'],
      ['CHANGED', 'released', 'cluster.release by admin of *'],
      ['CHANGED', 'changed', 'cluster.update by operator of search'],
    ])
    expect(list[3]?.changes).toEqual([{ path: '/labels/env', before: 'prod', after: 'test' }])
    const [{ auditEntry } = {}] = (list[3]?.acts ?? []) as JsonObject[]
    const entry = await harness.send(`GET ${auditEntry}`)
    expect(entry.json).toMatchObject({ action: 'cluster.update', targets: [{ id: ids.changed }] })
  })

  test('is narrowed by what holds at the later one, and comes in pages and in other forms', async () => {
    const { harness: opened, end } = await quarter()
    await using harness = opened
    const query = { from: end, to: now(harness) }
    const of = async (more: Record<string, string>) =>
      (await get(harness, '/clusters/diff', { ...query, fields: 'cluster.name', ...more })).list.map(
        ({ cluster }) => (cluster as JsonObject).name,
      )
    expect(await of({ filter: 'labels.env = "test"' })).toEqual(['changed'])
    expect(await of({ state: 'DELETED', team: 'search' })).toEqual(['gone'])
    expect(await of({ q: 'late' })).toEqual(['late'])
    const names: unknown[] = []
    for (let token: string | undefined; ; ) {
      const parameters = { pageSize: '1', ...(token !== undefined && { pageToken: token }) }
      // Without instants: the token keeps those of the first page, however late the next is asked for.
      const { json, list } = await get(harness, '/clusters/diff', parameters)
      names.push(...list.map(({ cluster }) => (cluster as JsonObject).name))
      harness.clock.time += hourMs
      if (json.nextPageToken === undefined) break
      token = String(json.nextPageToken)
    }
    expect(names).toEqual(['late', 'gone', 'released', 'changed'])
    const csv = await harness.send(`GET /clusters/diff?${new URLSearchParams(query)}`, {
      headers: { accept: 'text/csv' },
    })
    expect(csv.text.split('\r\n')[4]).toMatch(
      /^CHANGED,clu_\w+,changed,search,.*,\/labels\/env,cluster\.update,key_/,
    )
    const lines = await harness.send(`GET /clusters/diff?${new URLSearchParams(query)}`, {
      headers: { accept: 'application/x-ndjson' },
    })
    expect(lines.text.trim().split('\n')).toHaveLength(4)
  })

  test('of one that came and went in between: it went, and was never anything before', async () => {
    const { harness: opened } = await quarter()
    await using harness = opened
    const from = now(harness)
    harness.clock.time += 1
    const id = await harness.makeCluster({ name: 'short' })
    await harness.settle(id, { state: 'DELETED', deleteTime: harness.clock.time })
    harness.clock.time += 1
    const { list } = await get(harness, '/clusters/diff', { from, to: now(harness) })
    expect(list).toMatchObject([{ change: 'DELETED', changes: [], cluster: { id } }])
    expect((await get(harness, '/clusters/diff', { from, to: from })).list).toEqual([])
  })

  test('tells fifty acts of one cluster, and that there were more', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    for (let i = 0; i < 52; i++) {
      await harness.send(`PATCH /clusters/${id}`, { body: { displayName: `Name ${i}` }, headers: merge })
    }
    harness.clock.time += 1
    const [diff] = (await get(harness, '/clusters/diff')).list
    // All of it was at the first instant that is known.
    expect(diff).toBeUndefined()
    await harness.send(`PATCH /clusters/${id}`, { body: { displayName: 'Last' }, headers: merge })
    const [late] = (await get(harness, '/clusters/diff')).list
    expect(late?.acts).toHaveLength(1)
    for (let i = 0; i < 52; i++) {
      await harness.send(`PATCH /clusters/${id}`, { body: { displayName: `Name ${i}` }, headers: merge })
    }
    const [many] = (await get(harness, '/clusters/diff')).list
    expect(many?.acts).toHaveLength(50)
    expect(many?.moreActs).toBe(true)
  })
})

describe('bad input is refused, and told where', () => {
  const [first, last] = ['2026-03-01T09:30:00Z', '2026-03-01T10:30:00Z']
  test.each([
    ['/clusters', { asOf: '' }, 'asOf'],
    ['/clusters', { asOf: 'yesterday' }, 'asOf'],
    ['/clusters', { asOf: '2026-13-01T00:00:00Z' }, 'asOf'],
    ['/clusters', { asOf: '9'.repeat(5000) }, 'asOf'],
    ['/clusters', { asOf: "2026-03-01' OR 1=1 --" }, 'asOf'],
    ['/clusters', { asOf: '2026-03-01T10:30:01Z' }, 'asOf'],
    ['/clusters', { asOf: '2026-03-01T09:29:59Z' }, 'asOf'],
    ['/clusters', { asOf: '0000-01-01' }, 'asOf'],
    ['/clusters', { asOf: first, orderBy: 'region' }, 'orderBy'],
    ['/clusters', { asOf: first, staleAfter: '1h' }, 'staleAfter'],
    ['/clusters', { asOf: first, filter: 'NOT (observedTime < 2026-01-01 OR name = a)' }, 'filter'],
    ['/clusters', { asOf: first, filter: 'observedAge > 1h' }, 'filter'],
    ['/clusters', { asOf: first, pageToken: 'AAAA.BBBB' }, 'pageToken'],
    ['/clusters/summary', { asOf: '2027-01-01' }, 'asOf'],
    ['/clusters/summary', { asOf: first, filter: 'observedVia = sync' }, 'filter'],
    ['/clusters/diff', { from: last, to: first }, 'from'],
    ['/clusters/diff', { from: '2026-02-28', to: last }, 'from'],
    ['/clusters/diff', { from: first, to: '2026-03-02' }, 'to'],
    ['/clusters/diff', { from: 'then', to: last }, 'from'],
    ['/clusters/diff', { staleAfter: '1h' }, 'staleAfter'],
    ['/clusters/diff', { orderBy: 'name' }, 'orderBy'],
    ['/clusters/diff', { fields: 'cluster.color' }, 'fields'],
    ['/clusters/diff', { pageToken: 'AAAA.BBBB' }, 'pageToken'],
    ['/clusters/clu_01jz8x0v5wf4gr0q2m6h1v9k3d', { asOf: '2027-01-01' }, 'asOf'],
  ] as const)('%s %o', async (path, query, name) => {
    await using harness = await openHarness()
    harness.clock.time += hourMs
    const { status, json } = await get(harness, path, query)
    expect([status, json.errors]).toMatchObject([400, [{ pointer: `query/${name}` }]])
    expect(JSON.stringify(json).length).toBeLessThan(2000)
  })

  test('before the beginning: the problem names the first instant that can be asked for', async () => {
    await using harness = await openHarness()
    const { json } = await get(harness, '/clusters', { asOf: '2020-01-01T00:00:00Z' })
    expect(json).toMatchObject({ code: 'before-history', earliestTime: now(harness) })
    expect((await get(harness, '/clusters', { asOf: String(json.earliestTime) })).status).toBe(200)
  })

  test('the token of a list is none of a difference', async () => {
    const { harness: opened, end } = await quarter()
    await using harness = opened
    const { json } = await get(harness, '/clusters', { asOf: end, pageSize: '1' })
    const wrong = await get(harness, '/clusters/diff', { pageToken: String(json.nextPageToken) })
    expect(wrong.json.code).toBe('invalid-page-token')
  })
})

describe('retention', () => {
  test('removes what was so long ago, says so in the log, and moves the first instant with it', async () => {
    const { harness: opened, end, ids } = await quarter()
    await using harness = opened
    const late = now(harness)
    expect(await harness.sequence()).toBeUndefined()
    expect((await get(harness, '/clusters', { asOf: end })).status).toBe(200)
    harness.clock.time += 10 * dayMs
    await harness.sequence(9 * dayMs)
    const refused = await get(harness, '/clusters', { asOf: end })
    expect(refused.json).toMatchObject({ code: 'before-history' })
    const earliest = String(refused.json.earliestTime)
    expect(earliest <= late).toBe(true)
    const { list } = await get(harness, '/clusters', { asOf: earliest, orderBy: 'name' })
    expect(named(list)).toEqual(['changed', 'gone', 'kept', 'late', 'other', 'released'])
    expect((await get(harness, `/clusters/${ids.kept}`, { asOf: late })).status).toBe(200)
    const [entry] = await entriesOf(harness, 'cluster.prune-versions')
    expect(entry?.changes).toContainEqual({
      path: '/earliestTime',
      before: '2026-03-01T09:30:00.000Z',
      after: earliest,
    })
    // Entries that are gone are not linked to.
    const { list: diffs } = await get(harness, '/clusters/diff', { from: earliest, to: now(harness) })
    for (const { acts } of diffs) {
      for (const { auditEntry } of acts as JsonObject[]) {
        if (auditEntry !== null) expect((await harness.send(`GET ${auditEntry}`)).status).toBe(200)
      }
    }
  })
})
