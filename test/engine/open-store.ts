import { rmSync } from 'node:fs'
import Database from 'better-sqlite3'
import { is } from 'drizzle-orm'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import pg from 'pg'
import { type OpenOptions, openSqlite } from '../../src/store/open.ts'
import { beginHistory } from '../../src/store/past-instants.ts'
import { PostgresStore } from '../../src/store/postgres-store.ts'
import * as schema from '../../src/store/schema.postgres.ts'
import type { Store } from '../../src/store/store.ts'
import type { Databases } from './databases.ts'

let databases: Databases | null = null

/** From now on stores of this process are on PostgreSQL. */
export function useDatabases(given: Databases): void {
  databases = given
}

/** The engine that the tests of this process run on. */
export function engine(): 'sqlite' | 'postgres' {
  return databases ? 'postgres' : 'sqlite'
}

/** Before a test opens one store after the other: makes a database ready for the next, which `openStore` has no time for. */
export async function makeReady(): Promise<void> {
  await databases?.fill(1)
}

/** Opens a store on the engine that the tests run on. On PostgreSQL the path only tells one database from another. */
export function openStore(options: OpenOptions): Store {
  if (!databases) return openSqlite(options)
  const { path, writeDeadlineMs, synchronous, sync, ...around } = options
  const { tokenKey } = databases
  const url = databases.urlOf(path)
  const pools = databases.poolsOf(url, writeDeadlineMs ?? 5000)
  const deadline = writeDeadlineMs === undefined ? {} : { writeDeadlineMs }
  const store = new PostgresStore({ url, ...around, ...deadline, pools }, tokenKey)
  // Before all that a test writes, as writes are carried out in order.
  beginHistory(store).catch(() => {})
  return store
}

/** Holds the store so that it takes no write, until the answered function is called. */
export async function holdWrites(path: string): Promise<() => Promise<void>> {
  if (!databases) {
    const other = new Database(path)
    other.exec('BEGIN IMMEDIATE')
    return async () => void other.close()
  }
  const other = new pg.Client(databases.urlOf(path))
  await other.connect()
  await other.query('BEGIN; LOCK TABLE audit_entries IN EXCLUSIVE MODE')
  return () => other.end()
}

/** Everything that is stored in PostgreSQL, as text with its table; what is stored in files is found there. */
export async function textsOf(path: string): Promise<[table: string, text: string][]> {
  if (!databases) return []
  const parts = Object.values(schema)
    .filter((value) => is(value, PgTable))
    .map((table) => getTableConfig(table).name)
    .map((name) => `SELECT '${name}' AS name, string_agg(t::text, ' ') AS text FROM "${name}" t`)
  const { rows } = await databases.ask(databases.urlOf(path), parts.join(' UNION ALL '))
  return rows.map(({ name, text }) => [name, text ?? ''])
}

/** Removes a folder, and the store's database that was there. */
export function removePlace(folder: string, path: string): void {
  rmSync(folder, { recursive: true, force: true })
  databases?.leave(path)
}
