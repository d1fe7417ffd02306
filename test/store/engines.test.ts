import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { getTableColumns } from 'drizzle-orm'
import { PgTable, getTableConfig as postgresConfig } from 'drizzle-orm/pg-core'
import { SQLiteTable, getTableConfig as sqliteConfig } from 'drizzle-orm/sqlite-core'
import { describe, expect, test } from 'vitest'
import * as postgres from '../../src/store/schema.postgres.ts'
import * as sqlite from '../../src/store/schema.sqlite.ts'

const sqliteTables = Object.entries(sqlite).filter(([, value]) => value instanceof SQLiteTable)
const postgresTables = Object.entries(postgres).filter(([, value]) => value instanceof PgTable)

/** What a column's value is to the code, whatever the engine keeps it as. */
const kinds: Record<string, string> = {
  SQLiteText: 'text',
  SQLiteInteger: 'integer',
  SQLiteBoolean: 'boolean',
  SQLiteCustomColumn: 'json',
  SQLiteReal: 'real',
  PgText: 'text',
  PgBigInt53: 'integer',
  PgInteger: 'integer',
  PgBoolean: 'boolean',
  PgCustomColumn: 'json',
  PgDoublePrecision: 'real',
}

describe('both engines have', () => {
  test('the same tables under the same names', () => {
    expect(postgresTables.map(([name]) => name).sort()).toEqual(sqliteTables.map(([name]) => name).sort())
  })

  test.each(sqliteTables)('the same columns in %s', (name, table) => {
    const shown = (columns: object) =>
      Object.entries(columns).map(([property, column]) => [
        property,
        column.name,
        column.notNull,
        column.primary,
        kinds[column.columnType] ?? column.columnType,
      ])
    const twin = Object.fromEntries(postgresTables)[name] as PgTable
    expect(shown(getTableColumns(twin))).toEqual(shown(getTableColumns(table as SQLiteTable)))
  })

  test.each(sqliteTables)('the same indexes on %s', (name, table) => {
    const nameOf = (column: object) => ('name' in column ? column.name : 'an expression')
    const theirs = sqliteConfig(table as SQLiteTable).indexes.map(({ config }) => [
      config.name,
      config.unique,
      config.where !== undefined,
      config.columns.map(nameOf),
    ])
    const twin = Object.fromEntries(postgresTables)[name] as PgTable
    const ours = postgresConfig(twin).indexes.map(({ config }) => [
      config.name,
      config.unique,
      config.where !== undefined,
      config.columns.map(nameOf),
    ])
    expect(ours).toEqual(theirs)
  })

  test('migrations of the same names and times', () => {
    const folder = (engine: string) => join(import.meta.dirname, '../../migrations', engine)
    const journal = (engine: string) =>
      JSON.parse(readFileSync(join(folder(engine), 'meta/_journal.json'), 'utf8')).entries.map(
        ({ idx, when, tag }: { idx: number; when: number; tag: string }) => [idx, when, tag],
      )
    expect(journal('postgres')).toEqual(journal('sqlite'))
    const files = (engine: string) => readdirSync(folder(engine)).filter((file) => file.endsWith('.sql'))
    expect(files('postgres').sort()).toEqual(files('sqlite').sort())
  })
})
