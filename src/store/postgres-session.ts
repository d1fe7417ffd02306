import { hash } from 'node:crypto'
import { drizzle } from 'drizzle-orm/node-postgres'
import { PgDialect } from 'drizzle-orm/pg-core'
import pg, { type Client as Connection, type Pool, type PoolClient, type QueryArrayResult } from 'pg'
import { binder } from './compiled.ts'
import * as tables from './schema.postgres.ts'
import { type Db, type Driver, Session, type Tables } from './session.ts'

/** Times and counts fit a double, as they do in SQLite. */
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

/** A statement keeps its name on every connection, which then parses and plans it once. */
function nameOf(sql: string): string {
  return hash('sha256', sql).slice(0, 40)
}

/** Where statements run: the pool, or the one connection of a transaction. */
export type Client = Pool | PoolClient | Connection

/** PostgreSQL's texts have no NUL: what holds one is no text that could have been stored, nor is found. */
export function storable(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value
}

/** A client whose values are storable. */
function storing<C extends Client>(client: C): C {
  const ask = client.query.bind(client) as (query: unknown, values?: unknown[]) => Promise<unknown>
  const query = (config: { values?: unknown[] }, values = config.values ?? []) =>
    ask({ ...config, values: undefined }, values.map(storable))
  return Object.create(client, { query: { value: query } }) as C
}

/**
 * A session that writes the same queries as SQLite's: both engines' builders are awaited, and the tables have the same
 * names and row types, so that code which reads and writes them sees one kind.
 */
export class PostgresSession extends Session {
  /** Whether the statement being written is one to keep. */
  #keeping = false
  override readonly locksRows: boolean
  override readonly engine = 'postgres'

  /** `locksRows`: whether it is that of a transaction. */
  constructor(client: Client, locksRows: boolean) {
    const own = storing(client)
    super(
      databaseOf(own, () => this.#keeping),
      tables as unknown as Tables,
      driverOf(own),
    )
    this.locksRows = locksRows
  }

  override prepared<T>(name: string, make: (session: Session) => T): T {
    return super.prepared(name, (session) => {
      this.#keeping = true
      try {
        return make(session)
      } finally {
        this.#keeping = false
      }
    })
  }

  /** Another replica's commit cannot be noticed in time: what was revoked there must not be recalled here. */
  override recall<T>(kind: string, name: string, read: () => Promise<T>): T | Promise<T> {
    return this.isSnapshot ? super.recall(kind, name, read) : read()
  }
}

/** Drizzle's own errors hold the values of the failed statement, secrets among them: here the driver's are thrown. */
function databaseOf(client: Client, isKept: () => boolean): Db {
  const db = drizzle({ client, schema: tables })
  const { session } = db._ as unknown as { session: { prepareQuery(...args: unknown[]): object } }
  const prepare = session.prepareQuery.bind(session)
  session.prepareQuery = (query, fields, name, ...others) => {
    const kept = isKept() ? nameOf((query as { sql: string }).sql) : undefined
    const statement = prepare(query, fields, name ?? kept, ...others)
    return Object.assign(statement, {
      queryWithCache: (_sql: string, _values: unknown[], run: () => Promise<unknown>) => run(),
    })
  }
  return db as unknown as Db
}

const dialect = new PgDialect()

function driverOf(client: Client): Driver {
  const query = (text: string) => {
    const name = nameOf(text)
    return (values: unknown[]): Promise<QueryArrayResult<unknown[]>> =>
      client.query({ name, text, values, rowMode: 'array' })
  }
  const shape: Driver['shape'] = (query) => {
    const { sql: text, params } = dialect.sqlToQuery(query)
    const bind = binder(params)
    return async (values) => (await client.query({ text, values: bind(values), rowMode: 'array' })).rows
  }
  return {
    shape,
    ask: (query) => shape(query)({}),
    read: (sql) => {
      const run = query(sql)
      return async (values) => (await run(values)).rows
    },
    write: (sql) => {
      const run = query(sql)
      return async (values) => void (await run(values))
    },
  }
}
