import { type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Session } from './store.ts'

/** Documents as they are sent, each on a line of its own. */
export interface Lines {
  rows: number
  bytes: Buffer
}

/** What a line is made of, and a name for the statement that reads it. */
export interface Lined {
  name: string
  table: SQLiteTable
  key: SQLiteColumn
  document: SQL
  /** What else the document is made of. */
  joined?: SQL
}

/**
 * The lines of the rows of these ids, in their order. The database puts them together, so that what leaves the process
 * as it is stored is no text on V8's heap before.
 */
export async function readLines(session: Session, lined: Lined, ids: readonly string[]): Promise<Lines> {
  const isSqlite = session.engine === 'sqlite'
  const read = session.prepared(`lines of ${lined.name}`, ({ driver }) =>
    driver.shape(isSqlite ? sqliteLines(lined) : postgresLines(lined)),
  )
  const [row] = await read({ ids: isSqlite ? JSON.stringify(ids) : ids })
  const [text] = row as [Buffer | string | null]
  return { rows: ids.length, bytes: text instanceof Buffer ? text : Buffer.from(text ?? '') }
}

/** A cross join keeps the order of its sides, and an aggregate without groups takes the rows as they come; to sort them takes as long as to read them. */
function sqliteLines({ table, key, document, joined = sql`` }: Lined): SQL {
  return sql`select cast(group_concat(${document} || char(10), '') as blob) from json_each(${sql.placeholder('ids')}) as wanted cross join ${table} on ${key} = wanted.value ${joined}`
}

function postgresLines({ table, key, document, joined = sql`` }: Lined): SQL {
  return sql`select string_agg(${document} || chr(10), '' order by wanted.place) from unnest(${sql.placeholder('ids')}::text[]) with ordinality as wanted (id, place) join ${table} on ${key} = wanted.id ${joined}`
}
