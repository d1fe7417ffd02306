import { rmSync } from 'node:fs'
import Database from 'better-sqlite3'
import pg from 'pg'
import { type OpenOptions, openSqlite } from '../../src/store/open.ts'
import { PostgresStore } from '../../src/store/postgres-store.ts'
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

/** Opens a store on the engine that the tests run on. On PostgreSQL the path only tells one database from another. */
export function openStore(options: OpenOptions): Store {
  if (!databases) return openSqlite(options)
  const { path, clock, newId, writeDeadlineMs } = options
  const { tokenKey } = databases
  const url = databases.urlOf(path)
  const deadline = writeDeadlineMs === undefined ? {} : { writeDeadlineMs }
  return new PostgresStore({ url, clock, newId, connections: 6, ...deadline }, tokenKey)
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

/** Removes a folder, and the store's database that was there. */
export function removePlace(folder: string, path: string): void {
  rmSync(folder, { recursive: true, force: true })
  databases?.leave(path)
}
