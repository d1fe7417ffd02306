import type Database from 'better-sqlite3'
import type { SQL } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { LRUCache } from 'lru-cache'
import { type Announced, Announcements } from './announcements.ts'
import { LateWrites, type Pause } from './late-writes.ts'
import type * as tables from './schema.sqlite.ts'

export type Tables = typeof tables
export type Db = BetterSQLite3Database<Tables> & { $client: Database.Database }

/** Rows as arrays of values, as the driver gives them. */
export type Rows = unknown[][]

/** Runs a statement's text with values in the order of its parameters. What is there at once is answered at once. */
export interface Driver {
  read(sql: string): (values: unknown[]) => Rows | Promise<Rows>
  write(sql: string): (values: unknown[]) => void | Promise<void>
  /** Runs a query whose shape its caller made up. Such shapes have no end: not all of them stay prepared. */
  ask(query: SQL): Rows | Promise<Rows>
  /** Such a query with placeholders, written out once, and run with the values of those. */
  shape(query: SQL): Shape
}

export type Shape = (values: Readonly<Record<string, unknown>>) => Rows | Promise<Rows>

/** Shapes of queries that stay written out. */
export const mostShapes = 200

/** Some megabytes at the most. */
const mostRecalled = 2000

/** One connection to the database: its query builder, its tables, and the statements it has prepared. */
export class Session {
  readonly db: Db
  readonly tables: Tables
  readonly driver: Driver
  readonly announcements = new Announcements()
  /** What the transaction under way still has to write before its commit. */
  readonly late = new LateWrites()
  readonly engine: 'sqlite' | 'postgres' = 'sqlite'
  /** Whether it shows one instant, whatever is written meanwhile. */
  isSnapshot = false
  /** For a body that changes many rows, between them. */
  pause: Pause = () => undefined
  /** Whether it is a transaction beside which others run. */
  readonly locksRows: boolean = false
  readonly #prepared = new Map<string, unknown>()
  readonly #shapes = new LRUCache<string, Shape>({ max: mostShapes })
  /** By kind, so that a name of one is never taken for the same name of another. */
  #recalled = new Map<string, Map<string, unknown>>()

  constructor(db: Db, tables: Tables, driver: Driver) {
    this.db = db
    this.tables = tables
    this.driver = driver
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
   * A query whose shape its caller made up, and may make up again: `name` tells it from every other. To write one out
   * takes as long as to run it.
   */
  shape(name: string, write: () => SQL): Shape {
    const known = this.#shapes.get(name)
    if (known) return known
    const shape = this.driver.shape(write())
    this.#shapes.set(name, shape)
    return shape
  }

  /** Has the listeners of `store.events` told when the transaction's commit is on disk; not if it fails. */
  announce<E extends keyof Announced>(event: E, ...args: Announced[E]): void {
    this.announcements.add(event, ...args)
  }

  /**
   * What was found, without another look until the next commit, or until who changes it in a transaction says so
   * (`forget`): for what is asked again and again and hardly a commit changes, by its kind and the name that it has among
   * those, which a caller may have chosen. That nothing was found is not remembered. What is recalled is there at once, without a promise: reads by id are made of little else.
   */
  recall<T>(kind: string, name: string, read: () => Promise<T>): T | Promise<T> {
    const recalled = this.#recalledOf(kind)
    const known = recalled.get(name) as T | undefined
    return known ?? this.#remember(recalled, name, read)
  }

  async #remember<T>(recalled: Map<string, unknown>, name: string, read: () => Promise<T>): Promise<T> {
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

  /** Something was committed, rolled back, or changed that is recalled in the transaction that changes it. */
  forget(): void {
    this.#recalled = new Map()
  }
}
