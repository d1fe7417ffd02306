import { is, Param, Placeholder } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Session } from './session.ts'

/*
 * Statements that drizzle writes and the driver runs. Drizzle's own running of a prepared statement takes longer than
 * SQLite's: it looks at every placeholder and every column anew each time. Here that is done once.
 */

type Values = Readonly<Record<string, unknown>>

/** A query of drizzle's, with a placeholder for whatever changes. */
export interface Written {
  toSQL(): { sql: string; params: unknown[] }
}

/**
 * Prepares a query of some columns, once for a connection. On SQLite its rows are there at once, and awaiting them costs
 * next to nothing.
 */
export function compiledRead<F extends Record<string, SQLiteColumn>>(
  session: Session,
  name: string,
  write: (session: Session) => { columns: F; query: Written },
): (values: Values) => RowOf<F>[] | Promise<RowOf<F>[]> {
  return session.prepared(`read ${name}`, () => {
    const { columns, query } = write(session)
    const { sql, params } = query.toSQL()
    const all = session.driver.read(sql)
    const [bind, read] = [binder(params), rowReader(columns)]
    const named = (rows: unknown[][]) => rows.map((row) => read(row) as never)
    return (values: Values) => {
      const rows = all(bind(values))
      return rows instanceof Promise ? rows.then(named) : named(rows)
    }
  })
}

export type RowOf<F extends Record<string, SQLiteColumn>> = { [K in keyof F]: RowValue<F[K]> }

type RowValue<C extends SQLiteColumn> = C['_']['notNull'] extends true
  ? C['_']['data']
  : C['_']['data'] | null

/** Prepares a change, once for a connection. */
export function compiledWrite(
  session: Session,
  name: string,
  write: (session: Session) => Written,
): (values: Values) => void | Promise<void> {
  return session.prepared(`write ${name}`, () => {
    const { sql, params } = write(session).toSQL()
    const run = session.driver.write(sql)
    const bind = binder(params)
    return (values: Values) => run(bind(values))
  })
}

/** Puts values in the place of placeholders, in the order of a statement's parameters. */
export function binder(params: readonly unknown[]): (values: Values) => unknown[] {
  const sources = params.map((param): ((values: Values) => unknown) => {
    if (is(param, Placeholder)) return (values) => values[param.name]
    if (!is(param, Param) || !is(param.value, Placeholder)) return () => param
    const { encoder, value } = param
    return (values) => encoder.mapToDriverValue(values[value.name])
  })
  return (values) => sources.map((source) => source(values))
}

/** How a row that begins with these columns is read. */
export function rowReader(columns: Record<string, SQLiteColumn>): (row: unknown[]) => Values {
  const named = Object.entries(columns)
  return (row) => {
    const read: Record<string, unknown> = {}
    for (const [index, [name, column]] of named.entries()) {
      const value = row[index]
      read[name] = value === null ? null : column.mapFromDriverValue(value)
    }
    return read
  }
}
