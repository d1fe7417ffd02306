import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/cluster/clock.ts'
import { newId } from '../../src/cluster/id.ts'
import { openSqlite } from '../../src/store/open.ts'
import { clusterFilters, clusterOrders } from '../../src/store/read-clusters.ts'

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

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

describe('no list reads the whole table or sorts it', () => {
  test.each(clusterOrders.map(snake))('ordered by %s', (order) => {
    const plan = planOf(`SELECT document FROM clusters ORDER BY ${order} DESC, id DESC LIMIT 51`)
    expect(plan).toContain('USING INDEX')
    expect(plan).not.toContain('TEMP B-TREE')
  })

  test.each(clusterFilters.filter((name) => name !== 'name').map(snake))(
    'narrowed by %s, newest first',
    (column) => {
      const plan = planOf(
        `SELECT document FROM clusters WHERE ${column} = 'x' ORDER BY create_time DESC, id DESC LIMIT 51`,
      )
      expect(plan).toMatch(/SEARCH clusters USING INDEX/)
      expect(plan).not.toContain('TEMP B-TREE')
    },
  )

  test('narrowed by name', () => {
    expect(planOf(`SELECT document FROM clusters WHERE name = 'x' LIMIT 51`)).toMatch(
      /SEARCH clusters USING INDEX/,
    )
  })

  test.each(['action', 'outcome', 'actor_id', 'team', 'target_id', 'request_id'])(
    'of audit entries by %s',
    (column) => {
      const plan = planOf(
        `SELECT document FROM audit_entries WHERE ${column} = 'x' ORDER BY id DESC LIMIT 51`,
      )
      expect(plan).toMatch(/SEARCH audit_entries USING INDEX/)
      expect(plan).not.toContain('TEMP B-TREE')
    },
  )
})

describe('the reconciler finds its work by index', () => {
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
      'what is leased',
      'SELECT due_time FROM clusters WHERE lease_until IS NOT NULL AND due_time IS NOT NULL',
    ],
    [
      'clusters of a connection that are due',
      "SELECT id FROM clusters WHERE connection_id = 'x' AND due_time IS NOT NULL AND due_time <= 1 ORDER BY due_time LIMIT 9",
    ],
    ['expiries', 'SELECT id FROM clusters WHERE expiry_check_time IS NOT NULL AND expiry_check_time <= 1'],
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
      "SELECT document FROM audit_entries WHERE action = 'x' ORDER BY id DESC LIMIT 1",
    ],
  ])('%s', (_, query) => {
    const plan = planOf(query)
    expect(plan).not.toContain('TEMP B-TREE')
    // An ordered scan stops at its limit.
    if (!query.includes('ORDER BY')) expect(plan).toMatch(/^SEARCH/)
  })
})
