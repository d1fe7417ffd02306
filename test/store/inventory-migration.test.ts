import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { newId } from '../../src/cluster/id.ts'
import { spreadRow } from '../bench/spread.ts'
import { Inventory } from './inventory.ts'

function migrate(db: Database.Database, tag: string): void {
  const text = readFileSync(join(import.meta.dirname, `../../migrations/sqlite/${tag}.sql`), 'utf8')
  for (const statement of text.split('--> statement-breakpoint')) db.exec(statement)
}

function rowsOf(db: Database.Database, query: string): unknown[] {
  return db.prepare(query).all()
}

test('an inventory from before is given the same words, counts and sought columns as one written anew', async () => {
  await using inventory = new Inventory()
  const first = await inventory.begin()
  const spread = Array.from({ length: 40 }, (_, i) => spreadRow(first, i))
  const odd = { ...first, id: newId('clu'), name: 'odd', region: null, spec: {}, labels: {}, endpoint: null }
  await inventory.add([...spread, odd])
  const now = inventory.store.reader.db.$client
  const before = new Database(':memory:')
  migrate(before, '0001_initial')
  for (const table of ['connections', 'clusters', 'cluster_labels']) copy(now, before, table)
  migrate(before, '0007_inventory')
  const counts = 'SELECT * FROM cluster_counts ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12'
  expect(rowsOf(before, counts)).toEqual(rowsOf(now, counts))
  for (const query of [
    'SELECT id, plan, creator_id, creator_name FROM clusters ORDER BY id',
    'SELECT * FROM cluster_labels ORDER BY cluster_id, key',
    'SELECT * FROM cluster_words ORDER BY word, cluster_id',
  ]) {
    expect(rowsOf(before, query)).toEqual(rowsOf(now, query))
  }
  before.close()
})

/** Copies what the older table has columns for. */
function copy(from: Database.Database, to: Database.Database, table: string): void {
  const columns = (to.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name)
  const insert = to.prepare(
    `INSERT INTO ${table} (${columns}) VALUES (${columns.map((column) => `@${column}`)})`,
  )
  for (const row of rowsOf(from, `SELECT * FROM ${table}`)) insert.run(row)
}
