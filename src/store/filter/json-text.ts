import { type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'

/** The text at a path of a column that holds JSON; null where there is none. The one place that each engine writes its own way. */
export function jsonText(column: SQLiteColumn, path: readonly string[]): SQL {
  return sql`json_extract(${column}, ${sql.raw(`'$.${path.join('.')}'`)})`
}
