import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'

const folder = join(import.meta.dirname, '../../migrations/sqlite')

function apply(db: Database.Database, migration: string): void {
  db.exec(readFileSync(join(folder, migration), 'utf8').replaceAll('--> statement-breakpoint', ''))
}

test('a key made before there were scopes keeps what it may', () => {
  const db = new Database(':memory:')
  apply(db, '0001_initial.sql')
  db.prepare(
    `INSERT INTO api_keys (id, display_name, role, team, hash, created_by, create_time) VALUES ('key_1', 'ci', 'operator', 'search', 'h', '{}', 1)`,
  ).run()
  apply(db, '0004_access.sql')
  const row = db.prepare('SELECT * FROM api_keys').get() as Record<string, unknown>
  db.close()
  expect({ ...row, scopes: JSON.parse(String(row.scopes)) }).toMatchObject({
    id: 'key_1',
    hash: 'h',
    scopes: [{ role: 'operator', team: 'search' }],
    allow_on_behalf_of: 0,
    break_glass: 0,
    last_used_time: null,
  })
})
