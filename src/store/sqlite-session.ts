import type Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { SQLiteSyncDialect } from 'drizzle-orm/sqlite-core'
import { LRUCache } from 'lru-cache'
import { binder } from './compiled.ts'
import * as tables from './schema.sqlite.ts'
import { type Driver, mostShapes, type Rows, Session } from './session.ts'

export function sqliteSession(db: Database.Database): Session {
  return new Session(drizzle(db, { schema: tables }), tables, sqliteDriver(db))
}

const dialect = new SQLiteSyncDialect()

/** Runs statements on the calling thread: the answer is there at once. */
export function sqliteDriver(db: Database.Database): Driver {
  const shapes = new LRUCache<string, Database.Statement>({ max: mostShapes })
  const shape: Driver['shape'] = (query) => {
    const { sql, params } = dialect.sqlToQuery(query)
    const statement = shapes.get(sql) ?? db.prepare(sql).raw()
    shapes.set(sql, statement)
    const bind = binder(params)
    return (values) => statement.all(...bind(values)) as Rows
  }
  return {
    shape,
    ask: (query) => shape(query)({}),
    read: (sql) => {
      const statement = db.prepare(sql).raw()
      return (values) => statement.all(...values) as unknown[][]
    },
    write: (sql) => {
      const statement = db.prepare(sql)
      return (values) => void statement.run(...values)
    },
  }
}
