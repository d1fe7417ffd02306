import { EventEmitter } from 'node:events'
import pg, { type Pool, type PoolConfig } from 'pg'
import type { Clock } from '../cluster/clock.ts'
import type { NewId } from '../cluster/id.ts'
import { type ShapeOf, shapeless } from '../cluster/policy.ts'
import { type StoreEvents, Teller } from './announcements.ts'
import { PageTokens } from './page-token.ts'
import { isConnectionFault, readProblem } from './postgres-faults.ts'
import { PostgresListener } from './postgres-listener.ts'
import { PostgresSession } from './postgres-session.ts'
import { postgresSnapshot } from './postgres-snapshot.ts'
import { PostgresWriter } from './postgres-writer.ts'
import type { Session } from './session.ts'
import { type Snapshot, type SnapshotLimits, Snapshots } from './snapshots.ts'
import type { Store } from './store.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. */
  url: string
  clock: Clock
  newId: NewId
  /** How long a write may be tried before it is refused, in milliseconds. */
  writeDeadlineMs?: number
  /** Connections of this process at the most, one more that listens not counted. */
  connections?: number
  shapeOf?: ShapeOf
  snapshots?: Partial<SnapshotLimits>
  /** For whoever opens one store after the other: taken instead of new ones. */
  pools?: PostgresPools
}

export interface PostgresPools {
  reading: Pool
  /** Has one connection: writes are made one after the other. */
  writing: Pool
  close(): Promise<unknown>
}

const defaultDeadlineMs = 5000
const statementTimeoutMs = 30_000
const standstillMs = 2000

/** Any number of processes may have the same database open. */
export class PostgresStore implements Store {
  readonly reader: Session
  readonly exclusive = false
  readonly events = new EventEmitter<StoreEvents>()
  readonly clock: Clock
  readonly newId: NewId
  readonly shapeOf: ShapeOf
  readonly pageTokens: PageTokens
  readonly syncedTimes: Store['syncedTimes'] = new Map()
  readonly #pools: PostgresPools
  readonly #snapshots: Snapshots
  readonly #writer: PostgresWriter
  readonly #listener: PostgresListener
  readonly #teller = new Teller(this.events)

  /** Connects when it first has to. The database must be up to date; see `openPostgres`. */
  constructor(options: PostgresOptions, tokenKey: string) {
    const { url, clock, newId, writeDeadlineMs = defaultDeadlineMs } = options
    this.clock = clock
    this.newId = newId
    this.shapeOf = options.shapeOf ?? shapeless
    this.#snapshots = new Snapshots(() => postgresSnapshot(url), options.snapshots)
    this.pageTokens = new PageTokens(tokenKey)
    this.#pools = options.pools ?? openPools(options)
    const { reading, writing } = this.#pools
    this.reader = new PostgresSession(readingAgain(reading), false)
    this.#writer = new PostgresWriter(writing, reading, writeDeadlineMs, (changes, durationMs) =>
      this.events.emit('commit', changes, durationMs),
    )
    this.#listener = new PostgresListener({ connectionString: url, keepAlive: true }, reading, (told) =>
      this.#teller.tell(told),
    )
    this.events.setMaxListeners(0)
    this.events.on('connection', (id) => this.syncedTimes.delete(id))
  }

  async write<T>(body: (session: Session) => Promise<T>): Promise<T> {
    const { value, told } = await this.#writer.write(body)
    this.#teller.tell(told)
    this.#listener.send(told)
    return value
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
    await this.#listener.close()
    await this.#pools.close()
  }
}

export function openPools({
  url,
  writeDeadlineMs = defaultDeadlineMs,
  connections = 10,
}: Pick<PostgresOptions, 'url' | 'writeDeadlineMs' | 'connections'>): PostgresPools {
  const writing = openPool(url, 1, {
    lock_timeout: writeDeadlineMs,
    // A process that stands still in the middle of a write holds up those of all others.
    idle_in_transaction_session_timeout: standstillMs,
  })
  const reading = openPool(url, Math.max(1, connections - 1))
  return { reading, writing, close: () => Promise.all([reading.end(), writing.end()]) }
}

export function openPool(url: string, max: number, more: PoolConfig = {}): Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    application_name: 'clustergate',
    keepAlive: true,
    connectionTimeoutMillis: 5000,
    idleTimeoutMillis: 30_000,
    statement_timeout: statementTimeoutMs,
    lock_timeout: 5000,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    ...more,
  })
  // An idle connection that ends is only missing from the pool; unheard, the event would end the process.
  pool.on('error', () => {})
  return pool
}

/**
 * A pool whose reads survive that their connection has ended meanwhile, as after a restart of the server: each is asked
 * again, of a connection that works.
 */
function readingAgain(pool: Pool): Pool {
  const query = async (...args: unknown[]) => {
    const ask = pool.query.bind(pool) as unknown as (...args: unknown[]) => Promise<unknown>
    // Every connection of the pool may be one that has ended, and a new one be cut off with them.
    for (let left = pool.totalCount + 1; ; left--) {
      try {
        return await ask(...args)
      } catch (error) {
        if (left <= 0 || !isConnectionFault(error)) throw readProblem(error)
      }
    }
  }
  return Object.create(pool, { query: { value: query } }) as Pool
}
