import { type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'

/* What each engine writes its own way. */

/** The text at a path of a column that holds JSON; null where there is none. */
export function jsonText(column: SQLiteColumn, path: readonly string[]): SQL {
  if (isPostgres(column)) return textAt(sql`${readable(column)}::json`, path)
  return sql`json_extract(${column}, ${pathOf(path)})`
}

/** Whether, of a list in a column that holds JSON, some thing has a text that passes. */
export function someText(
  column: SQLiteColumn,
  list: readonly string[],
  path: readonly string[],
  passes: (text: SQL) => SQL,
): SQL {
  if (isPostgres(column)) {
    const things = sql`json_array_elements(${readable(column)}::json #> ${keysOf(list)})`
    return sql`exists (select 1 from ${things} as each_of (value) where ${passes(textAt(sql`each_of.value`, path))})`
  }
  const text = sql`json_extract(each_of.value, ${pathOf(path)})`
  return sql`exists (select 1 from json_each(${column}, ${pathOf(list)}) as each_of where ${passes(text)})`
}

/** Asked of its name, as its class would have every gateway load PostgreSQL's half of drizzle. */
function isPostgres({ columnType }: SQLiteColumn): boolean {
  return columnType.startsWith('Pg')
}

/** Compared byte by byte, as the columns are. */
function textAt(json: SQL, path: readonly string[]): SQL {
  return sql`(${json} #>> ${keysOf(path)}) collate "C"`
}

/** JSON may hold what no text of PostgreSQL does, which then refuses to read any of it: a NUL, and half a surrogate pair. */
function readable(column: SQLiteColumn): SQL {
  return sql`regexp_replace(${column}, '\\\\u(0000|[dD][89a-fA-F][0-9a-fA-F]{2})', '\\\\ufffd', 'g')`
}

function keysOf(path: readonly string[]): SQL {
  return sql.raw(`'{${path.join(',')}}'`)
}

/** Whether a column that holds texts by key has one under this key that passes. */
export function someEntry(column: SQLiteColumn, key: string, passes: (text: SQL) => SQL): SQL {
  if (isPostgres(column)) {
    const [ofKey, text] = [sql`each_of.key = ${key}`, sql`each_of.value collate "C"`]
    return sql`exists (select 1 from json_each_text(${readable(column)}::json) as each_of where ${ofKey} and ${passes(text)})`
  }
  const [ofKey, text] = [sql`each_of.key = ${key}`, sql`each_of.value`]
  return sql`exists (select 1 from json_each(${column}) as each_of where ${ofKey} and ${passes(text)})`
}

function pathOf(path: readonly string[]): SQL {
  return sql.raw(`'$.${path.join('.')}'`)
}
