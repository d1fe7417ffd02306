import type Database from 'better-sqlite3'
import { Problem } from '../cluster/problem.ts'
import type { Session } from './session.ts'
import { sqliteSession } from './sqlite-session.ts'

/** SQLite keeps all that was written since a snapshot in its log for as long as somebody reads it: so none may stay. */
export interface SnapshotLimits {
  /** Open at once. */
  most: number
  /** Ended when nothing was read for so long. */
  idleMs: number
  /** Ended however busily it is read. */
  longestMs: number
}

export const snapshotLimits: SnapshotLimits = { most: 4, idleMs: 120_000, longestMs: 30 * 60_000 }

export class SnapshotEnded extends Error {
  override name = 'SnapshotEnded'
}

/** What the database held at one instant, whatever is written meanwhile. */
export interface Snapshot extends Disposable {
  /** Reads from it. Fails with `SnapshotEnded` after its end. */
  read<T>(body: (session: Session) => Promise<T>): Promise<T>
  /** Aborted when it was ended for being read too slowly, or because the store closes. */
  readonly signal: AbortSignal
}

/** A connection of its own, in a transaction that shows one instant. */
export interface SnapshotConnection {
  session: Session
  close(): void
}

/** One on SQLite, which takes over the connection. */
export function sqliteSnapshot(db: Database.Database): SnapshotConnection {
  // It reads each page once, in their order: to keep 16 MB of them serves nobody.
  db.pragma('cache_size = -512')
  db.exec('BEGIN')
  // The transaction begins with its first read, not with BEGIN.
  db.prepare('SELECT count(*) FROM sqlite_master').get()
  const session = sqliteSession(db)
  session.isSnapshot = true
  return { session, close: () => void db.close() }
}

export class Snapshots {
  readonly #open: () => SnapshotConnection | Promise<SnapshotConnection>
  readonly #limits: SnapshotLimits
  readonly #taken = new Set<TimedSnapshot>()
  #opening = 0

  /** `open` makes a connection that is for reading alone. */
  constructor(
    open: () => SnapshotConnection | Promise<SnapshotConnection>,
    limits: Partial<SnapshotLimits> = {},
  ) {
    this.#open = open
    this.#limits = { ...snapshotLimits, ...limits }
  }

  /** Fails with `too-many-exports` where as many are open as may be. Whoever takes one disposes of it. */
  async take(): Promise<Snapshot> {
    const { most } = this.#limits
    if (this.#taken.size + this.#opening >= most) {
      const detail = `${most} exports are under way, which is as many as there may be. Try again when one has ended.`
      throw new Problem('too-many-exports', detail, { retryAfterS: 10 })
    }
    this.#opening += 1
    try {
      const snapshot = new TimedSnapshot(await this.#open(), this.#limits, () => this.#taken.delete(snapshot))
      this.#taken.add(snapshot)
      return snapshot
    } finally {
      this.#opening -= 1
    }
  }

  endAll(): void {
    for (const snapshot of this.#taken) snapshot.end('The store is closing.')
  }
}

/** Ends when it was read too slowly. */
class TimedSnapshot implements Snapshot {
  readonly #connection: SnapshotConnection
  readonly #ended = new AbortController()
  readonly #closed: () => void
  readonly #idle: NodeJS.Timeout
  readonly #longest: NodeJS.Timeout
  #open = true

  constructor(connection: SnapshotConnection, { idleMs, longestMs }: SnapshotLimits, closed: () => void) {
    this.#connection = connection
    this.#closed = closed
    const slow = `Nothing was read for ${idleMs} ms.`
    this.#idle = setTimeout(() => this.end(slow), idleMs).unref()
    this.#longest = setTimeout(() => this.end(`It took longer than ${longestMs} ms.`), longestMs).unref()
  }

  get signal(): AbortSignal {
    return this.#ended.signal
  }

  async read<T>(body: (session: Session) => Promise<T>): Promise<T> {
    if (!this.#open) throw this.#ended.signal.reason ?? new SnapshotEnded('It was closed.')
    this.#idle.refresh()
    return body(this.#connection.session)
  }

  end(why: string): void {
    if (!this.#open) return
    this[Symbol.dispose]()
    this.#ended.abort(new SnapshotEnded(why))
  }

  [Symbol.dispose](): void {
    if (!this.#open) return
    this.#open = false
    clearTimeout(this.#idle)
    clearTimeout(this.#longest)
    this.#connection.close()
    this.#closed()
  }
}
