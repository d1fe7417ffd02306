import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { describe, expect, test } from 'vitest'
import * as schema from '../../src/store/schema.sqlite.ts'

const folder = join(import.meta.dirname, '../../migrations/sqlite')
const journal: { entries: { idx: number; when: number; tag: string }[] } = JSON.parse(
  readFileSync(join(folder, 'meta/_journal.json'), 'utf8'),
)

const tables = Object.values(schema).filter((value) => value instanceof SQLiteTable)

function migrated(): Database.Database {
  const db = new Database(':memory:')
  migrate(drizzle(db), { migrationsFolder: folder })
  return db
}

describe('the migrations', () => {
  test('are numbered without a gap, named, and each in the journal', () => {
    const files = readdirSync(folder)
      .filter((file) => file.endsWith('.sql'))
      .sort()
    expect(files).toEqual(journal.entries.map(({ tag }) => `${tag}.sql`))
    for (const [i, { tag }] of journal.entries.entries()) {
      expect(tag).toMatch(new RegExp(`^${String(i + 1).padStart(4, '0')}_[a-z0-9_]+$`))
    }
  })

  test('have journal times that increase, since one older than the last applied would be passed over in silence', () => {
    const times = journal.entries.map(({ when }) => when)
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b))
  })

  test.each(tables.map((table) => [getTableConfig(table).name, table] as const))(
    'make the table %s just as the code declares it',
    (name, table) => {
      using db = disposable(migrated())
      const columns = db.connection.pragma(`table_info(${name})`) as {
        name: string
        type: string
        notnull: number
      }[]
      const made = columns.map((column) => [column.name, column.type.toLowerCase(), column.notnull === 1])
      const declared = getTableConfig(table).columns.map((column) => [
        column.name,
        column.getSQLType().toLowerCase(),
        column.notNull,
      ])
      expect(made).toEqual(declared)
    },
  )

  test.each(tables.map((table) => [getTableConfig(table).name, table] as const))(
    'give %s just the indexes that the code declares',
    (name, table) => {
      using db = disposable(migrated())
      const indexes = db.connection.pragma(`index_list(${name})`) as {
        name: string
        unique: number
        partial: number
        origin: string
      }[]
      const made = indexes
        .filter(({ origin }) => origin === 'c')
        .map((index) => [
          index.name,
          index.unique === 1,
          index.partial === 1,
          columnsOf(db.connection, index.name),
        ])
      const declared = getTableConfig(table).indexes.map(({ config }) => [
        config.name,
        config.unique,
        config.where !== undefined,
        config.columns.map((column) => ('name' in column ? column.name : String(column))),
      ])
      const byName = (a: unknown[], b: unknown[]) => String(a[0]).localeCompare(String(b[0]))
      expect(made.sort(byName)).toEqual(declared.sort(byName))
    },
  )
})

/** A database as it was before a migration. */
function migratedUpTo(tag: string): Database.Database {
  const before = mkdtempSync(join(tmpdir(), 'clustergate-migrations-'))
  cpSync(folder, before, { recursive: true })
  const entries = journal.entries.slice(
    0,
    journal.entries.findIndex((entry) => entry.tag === tag),
  )
  writeFileSync(join(before, 'meta/_journal.json'), JSON.stringify({ ...journal, entries }))
  const db = new Database(':memory:')
  migrate(drizzle(db), { migrationsFolder: before })
  rmSync(before, { recursive: true })
  return db
}

test('0003_audit_search finds the entries of before by all their targets, and by their words', () => {
  using db = disposable(migratedUpTo('0003_audit_search'))
  const { connection } = db
  const targets = ['one', 'two'].map((name) => ({ type: 'cluster', id: `clu_${name}`, displayName: name }))
  const document = JSON.stringify({
    actor: { id: 'key_1', displayName: 'search-ci' },
    targets: [...targets, ...targets],
    reason: 'INC-1042',
    provider: { id: 'zilliz', requestId: null, code: '49001' },
  })
  const columns = 'id, time, action, outcome, actor_id, team, target_id, request_id, document'
  connection
    .prepare(
      `INSERT INTO audit_entries (${columns}) VALUES ('aud_1', 7, 'cluster.create', 'SUCCESS', 'key_1', 'search', 'clu_one', 'req_1', ?)`,
    )
    .run(document)
  migrate(drizzle(connection), { migrationsFolder: folder })
  const found = connection
    .prepare('SELECT target_id, time, entry_id FROM audit_targets ORDER BY 1')
    .raw()
    .all()
  expect(found).toEqual([
    ['clu_one', 7, 'aud_1'],
    ['clu_two', 7, 'aud_1'],
  ])
  const search = connection.prepare('SELECT entry_id FROM audit_search WHERE audit_search MATCH ?').pluck()
  for (const word of [
    'key_1',
    'search-ci',
    'cluster.create',
    'clu_two',
    'INC-1042',
    'req_1',
    'zilliz',
    '49001',
  ]) {
    expect([word, search.all(`"${word}"`)]).toEqual([word, ['aud_1']])
  }
})

function columnsOf(db: Database.Database, index: string): string[] {
  return (db.pragma(`index_info(${index})`) as { name: string }[]).map((column) => column.name)
}

function disposable(connection: Database.Database) {
  return { connection, [Symbol.dispose]: () => void connection.close() }
}
