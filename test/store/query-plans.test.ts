import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/cluster/clock.ts'
import { newId } from '../../src/cluster/id.ts'
import { openSqlite } from '../../src/store/open.ts'

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

describe('the reconciler finds its work by index', () => {
  test.each([
    [
      'clusters that are due',
      'SELECT id FROM clusters WHERE due_time IS NOT NULL AND due_time <= 1 ORDER BY due_time LIMIT 9',
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
