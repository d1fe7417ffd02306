import { eq, getTableColumns, type Placeholder, sql } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { compiledRead, compiledWrite, type RowOf } from './compiled.ts'
import type { Session } from './store.ts'

/** A placeholder for every column of a table, so that one prepared statement writes whole rows. */
function placeholders<T extends SQLiteTable>(table: T): Record<keyof T['$inferInsert'], Placeholder> {
  const names = Object.keys(getTableColumns(table))
  return Object.fromEntries(names.map((name) => [name, sql.placeholder(name)])) as never
}

/**
 * A limit that is part of the statement. SQLite compiles a statement whose limit is a parameter anew for every
 * execution, which takes ten times as long as a read by key.
 */
export function fixedLimit(rows: number): number {
  return sql.raw(String(rows)) as never
}

/** Inserts a whole row. */
export async function insertRow<T extends SQLiteTable>(
  session: Session,
  name: string,
  table: T,
  row: T['$inferSelect'],
): Promise<void> {
  const insert = compiledWrite(session, `insert ${name}`, ({ db }) =>
    db.insert(table).values(placeholders(table) as never),
  )
  await insert(row as Record<string, unknown>)
}

/** Replaces a whole row, found by its id. */
export async function updateRow<T extends SQLiteTable & { id: SQLiteColumn }>(
  session: Session,
  name: string,
  table: T,
  row: T['$inferSelect'],
): Promise<void> {
  const columns = Object.keys(row as object).filter((column) => column !== 'id')
  await updateColumns(session, name, table, row, columns)
}

/** Writes what differs of a row, found by its id. Indexes of columns that are not named are left alone. */
export async function updateChanged<T extends SQLiteTable & { id: SQLiteColumn }>(
  session: Session,
  name: string,
  table: T,
  before: T['$inferSelect'],
  after: T['$inferSelect'],
): Promise<void> {
  const [old, now] = [before as Record<string, unknown>, after as Record<string, unknown>]
  const columns = Object.keys(now).filter((column) => now[column] !== old[column])
  if (columns.length > 0) await updateColumns(session, name, table, after, columns)
}

async function updateColumns<T extends SQLiteTable & { id: SQLiteColumn }>(
  session: Session,
  name: string,
  table: T,
  row: T['$inferSelect'],
  columns: string[],
): Promise<void> {
  const update = compiledWrite(session, `update ${name} ${columns}`, ({ db }) => {
    const values = columns.map((column) => [column, sql.placeholder(column)])
    return db
      .update(table)
      .set(Object.fromEntries(values) as never)
      .where(eq(table.id, sql.placeholder('id')))
  })
  await update(row as Record<string, unknown>)
}

/** The row of this id, or undefined. */
export async function selectRow<T extends SQLiteTable & { id: SQLiteColumn }>(
  session: Session,
  name: string,
  table: T,
  id: string,
): Promise<T['$inferSelect'] | undefined> {
  const select = compiledRead(session, name, ({ db }) => {
    const query = db
      .select()
      .from(table as SQLiteTable)
      .where(eq(table.id, sql.placeholder('id')))
    return { columns: getTableColumns(table), query }
  })
  const [row] = await select({ id })
  return row as T['$inferSelect'] | undefined
}

/** Some columns of the rows of these ids, which `key` holds, in their order. */
export async function selectByIds<F extends Record<string, SQLiteColumn>>(
  session: Session,
  name: string,
  table: SQLiteTable,
  key: SQLiteColumn,
  columns: F,
  ids: readonly string[],
): Promise<RowOf<F>[]> {
  const isSqlite = session.engine === 'sqlite'
  // One statement for all of them: to run one for each takes SQLite four times as long, and a server the way there and back.
  const select = compiledRead(session, name, ({ db }) => {
    const all = { ...columns, keyOfRow: key }
    const given = sql.placeholder('ids')
    const among = isSqlite ? sql`in (select value from json_each(${given}))` : sql`= any(${given})`
    return { columns: all, query: db.select(all).from(table).where(sql`${key} ${among}`) }
  })
  const rows = (await select({ ids: isSqlite ? JSON.stringify(ids) : ids })) as (RowOf<F> & {
    keyOfRow: string
  })[]
  const found = new Map(rows.map((row) => [row.keyOfRow, row]))
  return ids.flatMap((id) => found.get(id) ?? [])
}
