import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { type Harness, openHarness } from './harness.ts'

const hourMs = 3_600_000

async function names(
  harness: Harness,
  query: Record<string, string>,
  key = harness.admin,
): Promise<unknown[]> {
  const { json, text } = await harness.send(`GET /clusters?${new URLSearchParams(query)}`, { key })
  if (!json.clusters) throw new Error(text)
  return (json.clusters as JsonObject[]).map(({ name }) => name)
}

/** c0 to c4, an hour apart, of two teams. */
async function withClusters(): Promise<{ harness: Harness; ids: string[] }> {
  const harness = await openHarness()
  const ids: string[] = []
  for (let i = 0; i < 5; i++) {
    const team = i % 2 ? 'ml' : 'search'
    const body = {
      name: `c${i}`,
      displayName: `The Épic ${i} Index`,
      team,
      labels: { n: `${i}`, env: 'prod' },
    }
    ids.push(await harness.makeCluster(body))
    harness.clock.time += hourMs
  }
  return { harness, ids }
}

describe('filter', () => {
  test('narrows the list, together with parameters, within what the caller may see', async () => {
    const { harness: opened, ids } = await withClusters()
    await using harness = opened
    await harness.settle(ids[1] ?? '')
    expect(await names(harness, { filter: 'state="READY" OR name="c4"' })).toEqual(['c4', 'c1'])
    expect(await names(harness, { filter: 'labels.n>="3"' })).toEqual(['c4', 'c3'])
    expect(await names(harness, { filter: 'NOT team="ml" AND age > 150m' })).toEqual(['c2', 'c0'])
    expect(await names(harness, { filter: 'displayName:"éPIC 3"' })).toEqual([])
    expect(await names(harness, { filter: 'displayName:"épic 3"' })).toEqual([])
    expect(await names(harness, { filter: 'displayName:"PIC 3"' })).toEqual(['c3'])
    expect(await names(harness, { filter: 'externalId:*' })).toEqual(['c1'])
    expect(await names(harness, { filter: 'createdBy.displayName="admin of \\*"', team: 'ml' })).toEqual([
      'c3',
      'c1',
    ])
    const key = await harness.makeKey('viewer', 'ml')
    expect(await names(harness, { filter: 'team="search" OR state!="READY"' }, key)).toEqual(['c3'])
  })

  test('times of the answer, such as the freshness that a sync gives, are those of the filter', async () => {
    const { harness: opened, ids } = await withClusters()
    await using harness = opened
    const seen = harness.clock.time - 3 * hourMs
    for (const id of ids.slice(0, 2)) await harness.settle(id, { observedTime: seen, observedVia: 'poll' })
    await harness.settle(ids[2] ?? '', { observedTime: seen, observedVia: 'poll', state: 'DELETED' })
    expect(await names(harness, { filter: 'observedAge >= 3h', state: 'READY' })).toEqual(['c1', 'c0'])
    expect(await names(harness, { staleAfter: '2h' })).toEqual(['c4', 'c3', 'c1', 'c0'])
    await harness.store.write(async ({ db, tables }) => {
      await db.update(tables.connections).set({ syncedTime: harness.clock.time - hourMs })
    })
    expect(await names(harness, { filter: 'observedAge >= 3h', state: 'READY' })).toEqual([])
    expect(await names(harness, { filter: 'observedVia=sync' })).toEqual(['c1', 'c0'])
    // Those that were never observed are stale however long one waits.
    expect(await names(harness, { staleAfter: '2h' })).toEqual(['c4', 'c3'])
    expect(await names(harness, { staleAfter: '30m' })).toEqual(['c4', 'c3', 'c1', 'c0'])
  })

  test('a page token goes on with the ages of its filter, and with no other filter', async () => {
    const { harness: opened } = await withClusters()
    await using harness = opened
    const first = await harness.send('GET /clusters?filter=age%3E30m&pageSize=2')
    harness.clock.time += 1000
    const next = await harness.send(`GET /clusters?filter=age%3E30m&pageToken=${first.json.nextPageToken}`)
    expect((next.json.clusters as JsonObject[]).map(({ name }) => name)).toEqual(['c2', 'c1', 'c0'])
    const other = await harness.send(`GET /clusters?filter=age%3E31m&pageToken=${first.json.nextPageToken}`)
    expect([other.status, other.json.code]).toEqual([400, 'invalid-page-token'])
    const altered = `${String(first.json.nextPageToken).slice(0, -1)}_`
    expect((await harness.send(`GET /clusters?filter=age%3E30m&pageToken=${altered}`)).status).toBe(400)
  })
})

describe('q', () => {
  test('finds by the beginnings of words, whatever their case and accents', async () => {
    const { harness: opened, ids } = await withClusters()
    await using harness = opened
    await harness.settle(ids[3] ?? '', { endpoint: 'https://in05-77aa.serverless.example.com' })
    expect(await names(harness, { q: 'EPIC ind' })).toEqual(['c4', 'c3', 'c2', 'c1', 'c0'])
    expect(await names(harness, { q: 'c2' })).toEqual(['c2'])
    expect(await names(harness, { q: 'in05-77' })).toEqual(['c3'])
    expect(await names(harness, { q: ids[1] ?? '' })).toEqual(['c1'])
    expect(await names(harness, { q: 'epic', team: 'ml', filter: 'name!="c1"' })).toEqual(['c3'])
    expect(await names(harness, { q: 'pic' })).toEqual([])
    const patch = { 'content-type': 'application/merge-patch+json' }
    await harness.send(`PATCH /clusters/${ids[2]}`, { body: { labels: { env: 'blue' } }, headers: patch })
    expect(await names(harness, { q: 'blue' })).toEqual(['c2'])
    expect(await names(harness, { q: 'prod' })).toEqual(['c4', 'c3', 'c1', 'c0'])
  })
})

describe('fields', () => {
  test('are all that the answer holds', async () => {
    const { harness: opened } = await withClusters()
    await using harness = opened
    const { json } = await harness.send(
      'GET /clusters?fields=name,labels.n,createdBy.displayName,spec.plan&name=c1',
    )
    expect(json.clusters).toEqual([
      {
        name: 'c1',
        spec: { plan: 'SERVERLESS' },
        labels: { n: '1' },
        createdBy: { displayName: 'admin of *' },
      },
    ])
    const audit = await harness.send(
      'GET /audit-entries?fields=action,actor.displayName&action=cluster.create',
    )
    expect(audit.json.auditEntries).toContainEqual({
      action: 'cluster.create',
      actor: { displayName: 'admin of *' },
    })
  })
})

describe('If-None-Match', () => {
  test('304 until anything in the answer changes: a cluster, its freshness, or the state of a sync', async () => {
    const { harness: opened, ids } = await withClusters()
    await using harness = opened
    await harness.settle(ids[0] ?? '', { observedTime: harness.clock.time, observedVia: 'poll' })
    let etag = ''
    const changed = async () => {
      const { status, headers } = await harness.send('GET /clusters?team=search', {
        headers: { 'if-none-match': etag },
      })
      etag = headers.get('etag') ?? ''
      return status
    }
    expect(await changed()).toBe(200)
    expect(await changed()).toBe(304)
    await harness.change(ids[1] ?? '', { displayName: "another team's" })
    expect(await changed()).toBe(304)
    await harness.change(ids[2] ?? '', { state: 'DELETED', deleteTime: 1 })
    expect([await changed(), await changed()]).toEqual([200, 304])
    await harness.change(ids[0] ?? '', { observedTime: harness.clock.time + 1 })
    expect([await changed(), await changed()]).toEqual([200, 304])
  })
})

describe('summary', () => {
  const groups = async (harness: Harness, query: Record<string, string>, key = harness.admin) => {
    const { json, text } = await harness.send(`GET /clusters/summary?${new URLSearchParams(query)}`, { key })
    if (!json.groups) throw new Error(text)
    return json
  }

  test('counts by one or two, with the state of the syncs it rests on', async () => {
    const { harness: opened, ids } = await withClusters()
    await using harness = opened
    await harness.settle(ids[0] ?? '')
    expect(await groups(harness, { groupBy: 'team,state' })).toMatchObject({
      groups: [
        { team: 'ml', state: 'PENDING', count: 2 },
        { team: 'search', state: 'PENDING', count: 2 },
        { team: 'search', state: 'READY', count: 1 },
      ],
      totalSize: 5,
      syncs: [{ connection: 'zilliz-prod' }, { connection: 'fireworks-prod' }],
    })
    expect((await groups(harness, { groupBy: 'labels.n,month', filter: 'team="ml"' })).groups).toEqual([
      { 'labels.n': '1', month: '2026-03', count: 1 },
      { 'labels.n': '3', month: '2026-03', count: 1 },
    ])
    expect((await groups(harness, { groupBy: 'labels.n,plan', filter: 'state="READY"' })).groups).toEqual([
      { 'labels.n': '0', plan: 'SERVERLESS', count: 1 },
    ])
    expect((await groups(harness, { groupBy: 'labels.none' })).groups).toEqual([
      { 'labels.none': null, count: 5 },
    ])
    expect((await groups(harness, { groupBy: 'creator', team: 'ml' })).groups).toMatchObject([
      { creatorName: 'admin of *', count: 2 },
    ])
    expect((await groups(harness, { groupBy: 'team', 'label.n': '3' })).groups).toEqual([
      { team: 'ml', count: 1 },
    ])
  })

  test('counts by a label whose key is as long as keys may be', async () => {
    await using harness = await openHarness()
    const key = `${`${'d'.repeat(63)}.`.repeat(4).slice(0, 253)}/${'k'.repeat(63)}`
    await harness.makeCluster({ labels: { [key]: 'x' } })
    expect((await groups(harness, { groupBy: `labels.${key}` })).groups).toEqual([
      { [`labels.${key}`]: 'x', count: 1 },
    ])
  })

  test('a caller of a team counts its own only', async () => {
    const { harness: opened } = await withClusters()
    await using harness = opened
    const key = await harness.makeKey('viewer', 'ml')
    expect(await groups(harness, { groupBy: 'team' }, key)).toMatchObject({
      groups: [{ team: 'ml', count: 2 }],
      totalSize: 2,
    })
  })

  test.each([
    ['groupBy', '?groupBy='],
    ['groupBy', '?groupBy=color'],
    ['groupBy', '?groupBy=team,team'],
    ['groupBy', '?groupBy=team,state,region'],
    ['groupBy', '?groupBy=labels.a,labels.b'],
    ['groupBy', '?groupBy=labels.'],
    ['groupBy', '?groupBy=labels.-a'],
    ['filter', '?groupBy=team&filter=age%3E1d'],
    ['filter', '?groupBy=creator,month&filter=state=READY'],
    ['filter', '?groupBy=team&filter=state'],
  ])('400: %s of %s', async (name, query) => {
    await using harness = await openHarness()
    const { status, json } = await harness.send(`GET /clusters/summary${query}`)
    expect([status, json.errors]).toMatchObject([400, [{ pointer: `query/${name}` }]])
  })
})

describe('audit entries', () => {
  test('by filter, in either order', async () => {
    const { harness: opened, ids } = await withClusters()
    await using harness = opened
    const actions = async (query: Record<string, string>) => {
      const { json, text } = await harness.send(`GET /audit-entries?${new URLSearchParams(query)}`)
      if (!json.auditEntries) throw new Error(text)
      return (json.auditEntries as JsonObject[]).map(({ action, team }) => `${action} ${team}`)
    }
    const made = 'action="cluster.create"'
    expect(await actions({ filter: `${made} AND team="ml"` })).toEqual([
      'cluster.create ml',
      'cluster.create ml',
    ])
    expect(await actions({ filter: `target="${ids[0]}" OR target="${ids[1]}"`, orderBy: 'time' })).toEqual([
      'cluster.create search',
      'cluster.create ml',
    ])
    expect(await actions({ filter: `action=cluster.* AND age <= 2h` })).toHaveLength(2)
    expect(await actions({ filter: 'actor.displayName:ADMIN AND outcome!=SUCCESS' })).toEqual([])
  })
})

describe('bad input is refused quickly, and told where', () => {
  const deep = `${'('.repeat(3000)}name=x${')'.repeat(3000)}`
  const long = `name="${'x'.repeat(10_240)}"`
  const many = Array(1000).fill('name=x').join(' OR ')
  test.each([
    ['clusters', 'filter', long],
    ['clusters', 'filter', many],
    ['clusters', 'filter', deep],
    ['clusters', 'filter', 'name="(a+)+$'],
    ['clusters', 'filter', 'name=x; DROP TABLE clusters'],
    ['clusters', 'filter', "team='a' OR 1=1 --"],
    ['clusters', 'filter', 'color="red"'],
    ['clusters', 'filter', 'labels:*'],
    ['clusters', 'filter', 'labels = null'],
    ['clusters', 'filter', 'labels != null'],
    ['clusters', 'filter', 'NOT labels:*'],
    ['clusters', 'filter', 'createTime > 2026-02-30'],
    ['clusters/summary', 'filter', 'labels:*'],
    ['clusters', 'filter', ''],
    ['clusters', 'q', ''],
    ['clusters', 'q', '--- !!!'],
    ['clusters', 'q', 'a b c d e f g h i j k'],
    ['clusters', 'orderBy', 'name; DROP TABLE clusters'],
    ['clusters', 'orderBy', 'labels.env'],
    ['clusters', 'fields', 'name,color'],
    ['clusters', 'fields', '__proto__'],
    ['clusters', 'fields', 'name.first'],
    ['clusters', 'staleAfter', 'yesterday'],
    ['clusters', 'pageToken', `${'A'.repeat(40)}.${'B'.repeat(32)}`],
    ['audit-entries', 'filter', deep],
    ['audit-entries', 'filter', 'state=READY'],
    ['audit-entries', 'orderBy', 'action'],
    ['audit-entries', 'fields', 'secret'],
  ])('%s %s', async (list, name, value) => {
    await using harness = await openHarness()
    const { status, json } = await harness.send(`GET /${list}?${new URLSearchParams({ [name]: value })}`)
    expect([status, json.errors]).toMatchObject([400, [{ pointer: `query/${name}` }]])
    expect(JSON.stringify(json).length).toBeLessThan(4000)
  })

  test('SQL in a value is only a value', async () => {
    const { harness: opened } = await withClusters()
    await using harness = opened
    const sql = `x' OR '1'='1'; DROP TABLE clusters; --`
    for (const field of [
      'name',
      'displayName',
      'labels.n',
      'spec.projectId',
      'createdBy.type',
      'operation.error.code',
    ]) {
      expect(await names(harness, { filter: `${field} = "${sql}"` })).toEqual([])
      expect(await names(harness, { filter: `${field}:"${sql}"` })).toEqual([])
    }
    expect(await names(harness, { filter: `labels."${sql.replaceAll("'", '')}":*` })).toEqual([])
    expect(await names(harness, { [`label.${sql}`]: sql })).toEqual([])
    expect(await names(harness, { q: sql })).toEqual([])
    expect(await names(harness, { filter: 'name="%" OR name="_" OR name:"%"' })).toEqual([])
    expect(await names(harness, {})).toHaveLength(5)
  })
})
