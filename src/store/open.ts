import { randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import type { Clock } from '../cluster/clock.ts'
import type { NewId } from '../cluster/id.ts'
import { type ShapeOf, shapeless } from '../cluster/policy.ts'
import { Teller } from './announcements.ts'
import { Journal } from './journal.ts'
import { versionsSinceKey } from './meta.ts'
import { isMoved } from './moved.ts'
import { PageTokens } from './page-token.ts'
import * as tables from './schema.sqlite.ts'
import type { Session } from './session.ts'
import { type SnapshotLimits, Snapshots, sqliteSnapshot } from './snapshots.ts'
import { sqliteSession } from './sqlite-session.ts'
import { SqliteStore } from './sqlite-store.ts'
import type { Store } from './store.ts'
import { StoreInUse, StoreRefusal } from './store-refusal.ts'
import { Writer } from './writer.ts'

export interface OpenOptions {
  /** Path of the database file. */
  path: string
  clock: Clock
  newId: NewId
  /** How a spec looks to policies. Left out, to whoever writes no clusters of size, every spec has the shape of none. */
  shapeOf?: ShapeOf
  /** How long a write may wait for the lock before it is refused, in milliseconds. */
  writeDeadlineMs?: number
  /** `FULL`, unless what is written need not outlive this machine. */
  synchronous?: 'FULL' | 'OFF'
  /** Puts an open file on disk. Default: fdatasync. */
  sync?: (fd: number) => Promise<void>
  snapshots?: Partial<SnapshotLimits>
}

const migrationsFolder = join(import.meta.dirname, '../../migrations/sqlite')

/** Two connections that write and checkpoint at one instant can corrupt a WAL file in an older library. */
const oldestSqlite = [3, 51, 3]

/** What the file system and SQLite say of a path that is no database, or none that may be written to. */
const unusable = /^(E[A-Z]+|SQLITE_(CANTOPEN|NOTADB|CORRUPT|READONLY|PERM).*)$/

/** Opens the SQLite database, brings it up to date, and takes it for this process alone. @throws StoreRefusal */
export function openSqlite(options: OpenOptions): Store {
  return openUsable(options, () => {
    mkdirSync(dirname(options.path), { recursive: true })
    const lock = takeLock(options.path)
    if (lock) return openLocked(options, lock)
    throw new StoreInUse(
      `${options.path} is in use by another clustergate process. Stop that one first, or give this one another DATABASE_URL.`,
    )
  })
}

/**
 * Opens the SQLite database for a moment, for a command that writes a little: beside the gateway where that runs, as
 * one more writer, and alone where it does not. SQLite orders the writes of both, and a read of the gateway that begins
 * after the command's commit sees it. What the gateway recalls it does not read again before its own next commit, so
 * that a command may add here, and not change or take away. @throws StoreRefusal
 */
export function openSqliteBeside(options: OpenOptions): Store {
  if (!existsSync(options.path)) {
    throw new StoreRefusal(
      `There is no database ${options.path}. Have DATABASE_URL name the one of the gateway.`,
    )
  }
  return openUsable(options, () => {
    const lock = takeLock(options.path)
    if (lock) return openLocked(options, lock)
    const writing = openFile(options)
    refuseOtherVersion(writing, options.path)
    refuseMoved(writing, options.path)
    return storeOf(options, writing, [])
  })
}

/** The SQLite database as another one is made from it, beside the gateway where that runs. @throws StoreRefusal */
export function openSource(path: string): Database.Database {
  return openUsable({ path }, () => {
    if (!existsSync(path)) throw new StoreRefusal(`There is no database ${path}.`)
    const db = openFile({ path })
    refuseOtherVersion(db, path)
    refuseMoved(db, path)
    // Nobody but this process waits here, for the writer of the gateway.
    db.pragma('busy_timeout = 30000')
    return db
  })
}

function refuseMoved(db: Database.Database, path: string): void {
  if (!isMoved(db)) return
  throw new StoreRefusal(
    `${path} was moved to PostgreSQL. Have DATABASE_URL name that database; this file is what was there before.`,
  )
}

/** A look at the database, as it was when it was opened. */
export interface Snapshot extends Disposable {
  session: Session
}

/** Opens the database to look at it and nothing else, whether a gateway runs on it or not. @throws StoreRefusal */
export function openSnapshot(path: string): Snapshot {
  return openUsable({ path }, () => {
    const db = new Database(path, { readonly: true, fileMustExist: true })
    refuseOtherVersion(db, path)
    db.exec('BEGIN')
    return {
      session: sqliteSession(db),
      [Symbol.dispose]: () => void db.close(),
    }
  })
}

function openUsable<T>({ path }: Pick<OpenOptions, 'path'>, open: () => T): T {
  refuseOldLibrary()
  try {
    return open()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!unusable.test(code)) throw error
    throw new StoreRefusal(
      `${path} cannot be used (${code}). Have DATABASE_URL name a SQLite database in a folder that this process may write to.`,
      { cause: error },
    )
  }
}

function openLocked(options: OpenOptions, lock: Database.Database): Store {
  const writing = openFile(options)
  refuseNewerDatabase(writing, options.path)
  refuseMoved(writing, options.path)
  migrate(drizzle(writing, { schema: tables }), { migrationsFolder })
  return storeOf(options, writing, [lock])
}

function storeOf(options: OpenOptions, writing: Database.Database, locks: Database.Database[]): Store {
  const openReader = () => {
    const reading = openFile(options)
    reading.pragma('query_only = ON')
    return reading
  }
  const reading = openReader()
  const [reader, writerSession] = [sqliteSession(reading), sqliteSession(writing)]
  const pageTokens = new PageTokens(ensureTokenKey(writing))
  ensureVersionsSince(writing, options.clock.now())
  // The writer waits for the lock itself, and lets readers have the thread meanwhile.
  writing.pragma('busy_timeout = 0')
  // Each body has a savepoint, for which SQLite keeps the former content of every page that the body changes. Beyond
  // 64 KiB it would do so in a file, and a create's two dozen indexes are more: that takes longer than all its inserts.
  writing.pragma('temp_store = MEMORY')
  const journal =
    options.synchronous === 'OFF' ? null : new Journal(options.path, writing, reading, options.sync)
  const events: Store['events'] = new EventEmitter()
  const teller = new Teller(events)
  const writer = new Writer(writing, {
    deadlineMs: options.writeDeadlineMs ?? 5000,
    durability: journal,
    session: writerSession,
    // What need not outlive this machine is a run that must repeat itself: time must not decide about its order.
    sliceMs: journal ? 0.25 : Number.POSITIVE_INFINITY,
    committed: (changes, durationMs) => {
      reader.forget()
      writerSession.forget()
      events.emit('commit', changes, durationMs)
      teller.tell(writerSession.announcements.take())
    },
  })
  writerSession.pause = () => writer.pause()
  return new SqliteStore({
    reader,
    events,
    writerSession,
    snapshots: new Snapshots(() => sqliteSnapshot(openReader()), options.snapshots),
    shapeOf: options.shapeOf ?? shapeless,
    writer,
    resources: [...(journal ? [journal] : []), reading, writing, ...locks],
    clock: options.clock,
    newId: options.newId,
    pageTokens,
  })
}

function openFile({
  path,
  synchronous = 'FULL',
}: Pick<OpenOptions, 'path' | 'synchronous'>): Database.Database {
  const db = new Database(path)
  db.pragma('journal_mode = WAL')
  // A reopened WAL database falls back to NORMAL; an intent must survive a power cut.
  db.pragma(`synchronous = ${synchronous}`)
  db.pragma('foreign_keys = ON')
  // Short, because it blocks this thread.
  db.pragma('busy_timeout = 50')
  return db
}

/** The lock lives in a file of its own and falls with its process, however that ends. Null where another has it. */
function takeLock(path: string): Database.Database | null {
  const lock = new Database(`${path}.lock`)
  try {
    lock.pragma('busy_timeout = 0')
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch {
    lock.close()
    return null
  }
}

function refuseOldLibrary(): void {
  const db = new Database(':memory:')
  const version = String(db.prepare('SELECT sqlite_version()').pluck().get())
  db.close()
  const parts = version.split('.').map(Number)
  const older = oldestSqlite.findIndex((part, i) => (parts[i] ?? 0) !== part)
  if (older >= 0 && (parts[older] ?? 0) < (oldestSqlite[older] ?? 0)) {
    throw new StoreRefusal(
      `SQLite ${version} can corrupt a database in WAL mode; at least ${oldestSqlite.join('.')} is needed. Run npm ci.`,
    )
  }
}

/** A later clustergate knows migrations that this one does not: going on could lose what it wrote. */
function refuseNewerDatabase(db: Database.Database, path: string): void {
  const known = knownMigrations()
  if (appliedMigrations(db).some((hash) => !known.includes(hash))) {
    throw new StoreRefusal(
      `${path} was last opened by a newer clustergate. Start that version, or restore the backup made before it.`,
    )
  }
}

/** Beside a running gateway nothing is migrated: it would find another database than it opened. */
function refuseOtherVersion(db: Database.Database, path: string): void {
  refuseNewerDatabase(db, path)
  const applied = appliedMigrations(db)
  if (knownMigrations().every((hash) => applied.includes(hash))) return
  throw new StoreRefusal(
    `${path} is in use by an older clustergate. Run the command of that version, or upgrade it.`,
  )
}

function knownMigrations(): string[] {
  return readMigrationFiles({ migrationsFolder }).map((migration) => migration.hash)
}

function appliedMigrations(db: Database.Database): string[] {
  const table = db.prepare(`SELECT 1 FROM sqlite_master WHERE name = '__drizzle_migrations'`).get()
  return table ? db.prepare('SELECT hash FROM __drizzle_migrations').pluck().all().map(String) : []
}

function ensureTokenKey(db: Database.Database): string {
  const find = db.prepare(`SELECT value FROM meta WHERE key = 'token_key'`).pluck()
  if (find.get() === undefined) {
    const made = randomBytes(32).toString('base64')
    db.prepare(`INSERT INTO meta (key, value) VALUES ('token_key', ?) ON CONFLICT DO NOTHING`).run(made)
  }
  return String(find.get())
}

/** Of what was before the first start that kept versions nothing is known. */
function ensureVersionsSince(db: Database.Database, now: number): void {
  db.prepare('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING').run(
    versionsSinceKey,
    String(now),
  )
}
