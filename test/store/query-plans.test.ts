import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { everyTeam, reconcilerActor } from '../../src/cluster/actor.ts'
import { systemClock } from '../../src/cluster/clock.ts'
import { newId } from '../../src/cluster/id.ts'
import { recordAuditAlone } from '../../src/store/audit-entries.ts'
import { releaseLeases } from '../../src/store/claims.ts'
import { createCluster } from '../../src/store/create-cluster.ts'
import { openSqlite } from '../../src/store/open.ts'
import { listPolicyRequests } from '../../src/store/policy-requests.ts'
import { type AuditQuery, type AuditSelection, listAuditEntries } from '../../src/store/read-audit-entries.ts'
import type { Session } from '../../src/store/store.ts'
import { putTeam } from '../../src/store/teams.ts'
import { orderOf } from '../bench/orders.ts'
import { Inventory } from './inventory.ts'

const folder = mkdtempSync(join(tmpdir(), 'clustergate-plans-'))
let db: Database.Database

beforeAll(async () => {
  const path = join(folder, 'plans.db')
  await openSqlite({ path, clock: systemClock, newId })[Symbol.asyncDispose]()
  db = new Database(path, { readonly: true })
})

afterAll(() => {
  db.close()
  rmSync(folder, { recursive: true })
})

function planOf(query: string): string {
  const rows = db.prepare(`EXPLAIN QUERY PLAN ${query}`).all() as { detail: string }[]
  return rows.map((row) => row.detail).join('; ')
}

/** The plans of what a store itself asks a session from here on. */
function plansOf({ db: { $client } }: Session): () => string[] {
  const prepare = $client.prepare.bind($client)
  const asked: string[] = []
  $client.prepare = ((query: string) => {
    asked.push(query)
    return prepare(query)
  }) as typeof $client.prepare
  return () =>
    asked.map((sql) => {
      const rows = prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...sql.matchAll(/\?/g).map(() => 'x'))
      return (rows as { detail: string }[]).map((row) => row.detail).join('; ')
    })
}

/** The plan of what the store itself asks for a page of entries, first and following. */
async function auditPlans(selection: Partial<AuditSelection>): Promise<string[]> {
  const path = join(folder, `${randomUUID()}.db`)
  await using store = openSqlite({ path, clock: systemClock, newId })
  const asked = plansOf(store.reader)
  const page = { reader: 'key_1', pageSize: 1, pageToken: undefined }
  const query: AuditQuery = { visibleTeams: everyTeam, ...page, ...selection }
  for (const second of ['one', 'two']) {
    const target = { type: 'cluster', id: 'clu_1', displayName: second } as const
    await recordAuditAlone(store, who, { ...entry, targets: [target] })
  }
  const { nextPageToken } = await listAuditEntries(store, query)
  await listAuditEntries(store, { ...query, pageToken: nextPageToken ?? 'none' })
  const plans = asked()
  expect(plans.length).toBeGreaterThanOrEqual(2)
  return plans.filter((plan) => !plan.startsWith(entriesById))
}

/** What was found is then read by its ids. */
const entriesById = 'SEARCH audit_entries USING INDEX sqlite_autoindex_audit_entries_1 (id=?); LIST SUBQUERY'

const who = {
  actor: reconcilerActor,
  requestId: 'req_1',
  context: { ip: null, userAgent: null, interface: 'reconciler' },
} as const
const entry = { action: 'cluster.create', outcome: 'SUCCESS', team: 'search' } as const

describe('no page of audit entries reads the whole log or sorts it', () => {
  const fromThen = { from: 1, to: Number.MAX_SAFE_INTEGER }
  const selections: [string, Partial<AuditSelection>, RegExp][] = [
    ['all of them', {}, /^S\w+ audit_entries USING (COVERING )?INDEX audit_entries_time/],
    [
      'a time',
      fromThen,
      /^SEARCH audit_entries USING (COVERING )?INDEX audit_entries_time \(time>\? AND \(?time[<,]/,
    ],
  ]
  const equal = {
    action: 'cluster.create',
    outcome: 'SUCCESS',
    actor: 'reconciler',
    team: 'search',
    requestId: 'req_1',
    visibleTeams: ['search'],
  }
  for (const [name, value] of Object.entries(equal)) {
    selections.push([
      name,
      { [name]: value },
      /^SEARCH audit_entries USING (COVERING )?INDEX audit_entries_\w+ \(\w+=\?/,
    ])
    const inTime =
      /^SEARCH audit_entries USING (COVERING )?INDEX audit_entries_\w+ \(\w+=\? AND time>\? AND \(?time[<,]/
    selections.push([`${name} and a time`, { [name]: value, ...fromThen }, inTime])
  }
  const byTarget =
    /^SEARCH audit_targets USING PRIMARY KEY \(target_id=\?.*; SEARCH audit_entries USING (COVERING )?INDEX \w+ \(id=\?\)/
  const byText =
    /^SCAN audit_search VIRTUAL TABLE INDEX \d+:[^;]*M[^;]*(; SEARCH audit_entries USING INDEX \w+ \(id=\?\)|$)/
  selections.push(
    ['target', { target: 'clu_1' }, byTarget],
    ['target and a time', { target: 'clu_1', ...fromThen }, byTarget],
    ['text', { q: 'cluster' }, byText],
    ['text and everything else', { q: 'cluster', target: 'clu_1', ...equal, ...fromThen }, byText],
  )

  test.each(selections)('narrowed by %s', async (_, selection, expected) => {
    for (const plan of await auditPlans(selection)) {
      expect(plan).toMatch(expected)
      expect(plan).not.toContain('TEMP B-TREE')
    }
  })
})

test.each([
  ['search', /^SEARCH policy_requests USING PRIMARY KEY \(team=\?/],
  [everyTeam, /^SEARCH policy_requests USING INDEX policy_requests_time \(time>\?/],
])(
  'the requests that a policy of %s is tested on are found by index, in their order',
  async (team, expected) => {
    await using store = openSqlite({ path: join(folder, `${randomUUID()}.db`), clock: systemClock, newId })
    const asked = plansOf(store.reader)
    for (const before of [null, { time: 2, id: 'x' }]) {
      await listPolicyRequests(store, { team, since: 1, before, limit: 200 })
    }
    const plans = asked()
    expect(plans).toHaveLength(2)
    for (const plan of plans) {
      expect(plan).toMatch(expected)
      expect(plan).not.toContain('TEMP B-TREE FOR ORDER')
    }
  },
)

test.each([
  ['what is too old', "DELETE FROM policy_requests WHERE team = 'x' AND id < 'y'"],
  ['the next team', "SELECT min(team) FROM policy_requests WHERE team > 'x'"],
  ['what a team holds', "SELECT resource, amount FROM team_usage WHERE team = 'x'"],
])('policies find %s by index', (_, query) => {
  expect(planOf(query)).toMatch(/^SEARCH (policy_requests|team_usage) USING/)
  expect(planOf(query)).not.toContain('TEMP B-TREE')
})

describe('the reconciler finds its work by index', () => {
  test('leases that a start releases', async () => {
    const path = join(folder, `${randomUUID()}.db`)
    await using store = openSqlite({ path, clock: systemClock, newId })
    const asked = plansOf(await store.write(async (session) => session))
    await releaseLeases(store)
    expect(asked()[0]).toMatch(/^SEARCH clusters USING INDEX clusters_leased/)
  })

  test.each([
    [
      'clusters that are due',
      'SELECT id FROM clusters WHERE due_time IS NOT NULL AND due_time <= 1 ORDER BY due_time LIMIT 9',
    ],
    [
      'the next that is due',
      'SELECT due_time FROM clusters WHERE due_time IS NOT NULL AND lease_until IS NULL ORDER BY due_time LIMIT 1',
    ],
    [
      'leases',
      'SELECT min(lease_until) FROM clusters WHERE lease_until IS NOT NULL AND due_time IS NOT NULL',
    ],
    ['expiries', 'SELECT id FROM clusters WHERE expiry_check_time IS NOT NULL AND expiry_check_time <= 1'],
    [
      'approvals that run out',
      'SELECT id FROM clusters WHERE approval_expire_time IS NOT NULL AND approval_expire_time <= 1 ORDER BY approval_expire_time LIMIT 9',
    ],
    ['a page of a sync', "SELECT id FROM clusters WHERE connection_id = 'x' AND external_id IN ('a','b')"],
    [
      'the rest of a sync',
      "SELECT id FROM clusters WHERE connection_id = 'x' AND id > 'a' ORDER BY id LIMIT 500",
    ],
  ])('%s', (_, query) => {
    const plan = planOf(query)
    expect(plan).toMatch(/SEARCH clusters USING (COVERING )?INDEX/)
    expect(plan).not.toContain('TEMP B-TREE')
  })
})

test('the duplicate guard reads what its team asked for lately, and nothing of other teams', async () => {
  await using inventory = new Inventory()
  const { connectionId: id, connection: name } = await inventory.begin()
  const { store } = inventory
  await putTeam(store, { who }, 'search', { duplicateWindowMs: 1000 })
  const asked = await store.write(async (session) => plansOf(session))
  const again = createCluster(store, { who }, orderOf({ id, name }, 'second'))
  await expect(again).rejects.toMatchObject({ code: 'possible-duplicate' })
  const looks = asked().filter((plan) => plan.includes('create_time>'))
  expect(looks).toEqual(['SEARCH clusters USING INDEX clusters_team (team=? AND create_time>?)'])
})

describe('the log of audit entries is found by index', () => {
  test.each([
    ['what waits for its place', 'SELECT entry_id, leaf_hash FROM audit_queue ORDER BY entry_id LIMIT 256'],
    ['its end', 'SELECT leaf_index FROM audit_leaves ORDER BY leaf_index DESC LIMIT 1'],
    ['the place of an entry', "SELECT leaf_index FROM audit_leaves WHERE entry_id = 'x'"],
    ['a few leaves', 'SELECT leaf_hash FROM audit_leaves WHERE leaf_index >= 1 AND leaf_index < 17'],
    ['the hash of a subtree', 'SELECT hash FROM audit_nodes WHERE level = 4 AND node_index = 1'],
    ['the latest checkpoint', 'SELECT note FROM audit_checkpoints ORDER BY size DESC LIMIT 1'],
    [
      'how far it is pruned',
      "SELECT document FROM audit_entries WHERE action = 'x' ORDER BY time DESC, id DESC LIMIT 1",
    ],
  ])('%s', (_, query) => {
    const plan = planOf(query)
    expect(plan).not.toContain('TEMP B-TREE')
    // An ordered scan stops at its limit.
    if (!query.includes('ORDER BY')) expect(plan).toMatch(/^SEARCH/)
  })
})
