import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { newId } from '../../src/cluster/id.ts'
import { wordsOf } from '../../src/cluster/words.ts'
import { readClusterRow, updateClusterRow } from '../../src/store/cluster-rows.ts'
import { listClusters } from '../../src/store/read-clusters.ts'
import { rewordClusters } from '../../src/store/reword-clusters.ts'
import type { Store } from '../../src/store/store.ts'
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

/** Words as the migration makes them in SQL, which knows nothing of accents and cuts words at fewer signs. */
async function withWordsOfBefore(...names: string[]) {
  const inventory = new Inventory()
  const first = await inventory.begin()
  const { store } = inventory
  const rows = names.map((displayName, i) => ({
    ...first,
    ...{ id: newId('clu'), name: `n${i}`, displayName, externalId: null },
  }))
  await inventory.add(rows)
  const text = readFileSync(join(import.meta.dirname, '../../migrations/sqlite/0007_inventory.sql'), 'utf8')
  const statements = text.split('--> statement-breakpoint')
  const again = [/^\s*UPDATE `clusters`/, /^\s*INSERT OR IGNORE INTO `cluster_words`/]
  await store.write(async ({ db }) => {
    db.$client.exec('DELETE FROM cluster_words')
    for (const each of statements) if (again.some((pattern) => pattern.test(each))) db.$client.exec(each)
  })
  return { inventory, store, ids: rows.map(({ id }) => id) }
}

async function found(store: Store, text: string): Promise<unknown[]> {
  const conditions = wordsOf([text]).map((begins) => ({ kind: 'word', begins }) as const)
  const selection = { visibleTeams: '*', asked: null, orderBy: 'createTime', descending: false } as const
  const page = await listClusters(store, { ...selection, conditions, pageSize: 9, pageToken: undefined })
  return page.documents.map((document) => JSON.parse(document).displayName)
}

test('words that the migration made otherwise are made anew by the first start, and by no other', async () => {
  const { inventory, store, ids } = await withWordsOfBefore('Vectors (quagga) of Zürich & ci@zebra')
  await using _ = inventory
  const sought = ['quagga', 'zurich', 'Zürich', 'zebra']
  expect(await Promise.all(sought.map((text) => found(store, text)))).not.toContainEqual([expect.anything()])
  const { version } = await readClusterRow(store.reader, ids[0] ?? '')
  await rewordClusters(store)
  for (const text of sought)
    expect(await found(store, text)).toEqual(['Vectors (quagga) of Zürich & ci@zebra'])
  expect((await readClusterRow(store.reader, ids[0] ?? '')).version).toBe(version)
  let commits = 0
  store.events.on('commit', () => commits++)
  await rewordClusters(store)
  expect(commits).toBe(0)
})

test('a long word of before fails no write, neither of its cluster nor of another in the same transaction', async () => {
  const { inventory, store, ids } = await withWordsOfBefore('x'.repeat(70), 'other')
  await using _ = inventory
  const relabel = (id: string) =>
    store.write(async (session) => {
      await updateClusterRow(store, session, await readClusterRow(session, id), { labels: { new: 'label' } })
    })
  await Promise.all(ids.map(relabel))
  expect(await found(store, 'label')).toEqual(expect.arrayContaining(['x'.repeat(70), 'other']))
})

/** Copies what the older table has columns for. */
function copy(from: Database.Database, to: Database.Database, table: string): void {
  const columns = (to.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name)
  const insert = to.prepare(
    `INSERT INTO ${table} (${columns}) VALUES (${columns.map((column) => `@${column}`)})`,
  )
  for (const row of rowsOf(from, `SELECT * FROM ${table}`)) insert.run(row)
}
