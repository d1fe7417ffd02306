import type { EventEmitter } from 'node:events'
import type Database from 'better-sqlite3'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { Clock } from '../cluster/clock.ts'
import type { NewId } from '../cluster/id.ts'
import type { ShapeOf } from '../cluster/policy.ts'
import { LateWrites } from './late-writes.ts'
import type * as tables from './schema.sqlite.ts'
import type { Snapshot, Snapshots } from './snapshots.ts'
import type { Writer } from './writer.ts'

export type Tables = typeof tables
export type Db = BetterSQLite3Database<Tables> & { $client: Database.Database }

/** Some megabytes at the most. */
const mostRecalled = 2000

/** One connection to the database: its query builder, its tables, and the statements it has prepared. */
export class Session {
  readonly db: Db
  readonly tables: Tables
  /** What the transaction under way still has to write before its commit. */
  readonly late = new LateWrites()
  readonly #prepared = new Map<string, unknown>()
  /** By kind, so that a name of one is never taken for the same name of another. */
  #recalled = new Map<string, Map<string, unknown>>()

  constructor(db: Db, tables: Tables) {
    this.db = db
    this.tables = tables
  }

  /** A statement prepared once per connection: an unprepared query costs ten times as much. */
  prepared<T>(name: string, make: (session: Session) => T): T {
    let statement = this.#prepared.get(name) as T | undefined
    if (statement === undefined) {
      statement = make(this)
      this.#prepared.set(name, statement)
    }
    return statement
  }

  /**
   * What was found, without another look until the next commit: for what is asked again and again and hardly a commit
   * changes, by its kind and the name that it has among those, which a caller may have chosen. That nothing was found is
   * not remembered.
   */
  async recall<T>(kind: string, name: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
    const recalled = this.#recalledOf(kind)
    const known = recalled.get(name) as T | undefined
    if (known !== undefined) return known
    const found = await read()
    // Where there was a commit meanwhile, this is not the map that is asked next.
    if (found === undefined) return found
    if (recalled.size >= mostRecalled) recalled.clear()
    recalled.set(name, found)
    return found
  }

  #recalledOf(kind: string): Map<string, unknown> {
    const known = this.#recalled.get(kind)
    if (known) return known
    const recalled = new Map<string, unknown>()
    this.#recalled.set(kind, recalled)
    return recalled
  }

  /** Something was committed. */
  forget(): void {
    this.#recalled = new Map()
  }
}

export interface StoreEvents {
  /** A cluster changed; the commit is on disk. */
  cluster: [id: string]
  connection: [id: string]
  /** A connection's key or settings were replaced, or it is gone: what was learned of its manners no longer holds. */
  reconnect: [id: string]
  /** There is work whose time has come. */
  due: []
  /** So many changes reached the disk in one commit of this process, which took so long. */
  commit: [changes: number, durationMs: number]
  /** Audit entries were given their place in the log. */
  sequenced: [id: 'log']
}

/** The open database. Reads go to a connection of their own and never wait for writes. */
export interface Store extends AsyncDisposable {
  readonly reader: Session
  /** Runs `body` in a transaction; see `Writer.write`. */
  write<T>(body: (session: Session) => Promise<T>): Promise<T>
  /** What the database holds now, for a reader that takes its time; see `Snapshots.take`. */
  snapshot(): Promise<Snapshot>
  /** Cuts off whatever is still read from a snapshot. Resolves when that, and all before it, is on disk. */
  endSnapshots(): Promise<void>
  readonly events: EventEmitter<StoreEvents>
  readonly clock: Clock
  readonly newId: NewId
  /** How a spec looks to policies. */
  readonly shapeOf: ShapeOf
  /** Seals page tokens. Kept in the database, so that a token outlives a restart. */
  readonly tokenKey: string
  /** When each connection was last synced, as of a moment ago; see freshness.ts. */
  readonly syncedTimes: Map<string, { time: number | null; readAt: number }>
}

export class SqliteStore implements Store {
  readonly reader: Session
  readonly events: EventEmitter<StoreEvents>
  readonly clock: Clock
  readonly newId: NewId
  readonly shapeOf: ShapeOf
  readonly tokenKey: string
  readonly syncedTimes: Store['syncedTimes'] = new Map()
  readonly #writerSession: Session
  readonly #writer: Writer
  readonly #snapshots: Snapshots
  readonly #connections: Database.Database[]

  constructor(parts: {
    reader: Session
    events: EventEmitter<StoreEvents>
    writerSession: Session
    writer: Writer
    snapshots: Snapshots
    connections: Database.Database[]
    clock: Clock
    newId: NewId
    shapeOf: ShapeOf
    tokenKey: string
  }) {
    this.reader = parts.reader
    this.events = parts.events
    this.#writerSession = parts.writerSession
    this.#writer = parts.writer
    this.#snapshots = parts.snapshots
    this.#connections = parts.connections
    this.clock = parts.clock
    this.newId = parts.newId
    this.shapeOf = parts.shapeOf
    this.tokenKey = parts.tokenKey
    // One listener for each caller that waits for a change.
    this.events.setMaxListeners(0)
    this.events.on('connection', (id) => this.syncedTimes.delete(id))
  }

  write<T>(body: (session: Session) => Promise<T>): Promise<T> {
    return this.#writer.write(() => body(this.#writerSession))
  }

  snapshot(): Promise<Snapshot> {
    return this.#snapshots.take()
  }

  async endSnapshots(): Promise<void> {
    this.#snapshots.endAll()
    await this.#writer.drain()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endSnapshots()
    for (const connection of this.#connections) connection.close()
  }
}
