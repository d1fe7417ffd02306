import { type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'

/* What each engine writes its own way. */

/** The text at a path of a column that holds JSON; null where there is none. */
export function jsonText(column: SQLiteColumn, path: readonly string[]): SQL {
  return sql`json_extract(${column}, ${pathOf(path)})`
}

/** Whether, of a list in a column that holds JSON, some thing has a text that passes. */
export function someText(
  column: SQLiteColumn,
  list: readonly string[],
  path: readonly string[],
  passes: (text: SQL) => SQL,
): SQL {
  const text = sql`json_extract(each_of.value, ${pathOf(path)})`
  return sql`exists (select 1 from json_each(${column}, ${pathOf(list)}) as each_of where ${passes(text)})`
}

/** Whether a column that holds texts by key has one under this key that passes. */
export function someEntry(column: SQLiteColumn, key: string, passes: (text: SQL) => SQL): SQL {
  const [ofKey, text] = [sql`each_of.key = ${key}`, sql`each_of.value`]
  return sql`exists (select 1 from json_each(${column}) as each_of where ${ofKey} and ${passes(text)})`
}

function pathOf(path: readonly string[]): SQL {
  return sql.raw(`'$.${path.join('.')}'`)
}
