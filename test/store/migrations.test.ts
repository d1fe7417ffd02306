import { readdirSync, readFileSync } from 'node:fs'
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

function columnsOf(db: Database.Database, index: string): string[] {
  return (db.pragma(`index_info(${index})`) as { name: string }[]).map((column) => column.name)
}

function disposable(connection: Database.Database) {
  return { connection, [Symbol.dispose]: () => void connection.close() }
}
