import { createHash, type Hash } from 'node:crypto'
import type Database from 'better-sqlite3'
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import type { Client } from 'pg'
import { storable } from './postgres-session.ts'

/** Rows that are sent together. */
const batchSize = 500

/** How many rows a table has, and a hash over all their values in the order of the primary key. */
export interface TableSum {
  rows: number
  sha256: string
}

interface Shape {
  name: string
  columns: { name: string; type: string }[]
  /** Names of the columns of the primary key, quoted and in a row. */
  order: string
}

function shapeOf(table: PgTable): Shape {
  const { name, columns, primaryKeys } = getTableConfig(table)
  const key = columns.filter((column) => column.primary).map((column) => column.name)
  const keys = primaryKeys.flatMap((primaryKey) => primaryKey.columns.map((column) => column.name))
  return {
    name,
    columns: columns.map((column) => ({ name: column.name, type: column.getSQLType() })),
    order: [...key, ...keys].map(quoted).join(', '),
  }
}

function quoted(name: string): string {
  return `"${name}"`
}

/** A value as both engines can give it: SQLite has no booleans, PostgreSQL no NUL in a text. */
function common(value: unknown, type: string): unknown {
  if (value === null) return null
  if (type === 'boolean') return Boolean(value)
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`
  return typeof value === 'bigint' ? Number(value) : storable(value)
}

/** Copies every row of a table, as it is. Answers what was read. */
export async function copyTable(from: Database.Database, to: Client, table: PgTable): Promise<TableSum> {
  const shape = shapeOf(table)
  const names = shape.columns.map(({ name }) => quoted(name)).join(', ')
  const typed = shape.columns.map(({ name, type }) => `${quoted(name)} ${type}`).join(', ')
  const insert = `INSERT INTO ${quoted(shape.name)} (${names}) SELECT ${names} FROM json_to_recordset($1) AS rows (${typed})`
  const sum = new Sum()
  let batch: object[] = []
  const send = async () => {
    if (batch.length > 0) await to.query(insert, [JSON.stringify(batch)])
    batch = []
  }
  const select = from.prepare(`SELECT ${names} FROM ${quoted(shape.name)} ORDER BY ${shape.order}`).raw()
  for (const row of select.iterate()) {
    const values = valuesOf(row as unknown[], shape)
    sum.add(values)
    batch.push(Object.fromEntries(shape.columns.map(({ name }, index) => [name, values[index]])))
    if (batch.length >= batchSize) await send()
  }
  await send()
  return sum.end()
}

/** Reads a table of PostgreSQL back. Inside a transaction. */
export async function sumTable(from: Client, table: PgTable): Promise<TableSum> {
  const shape = shapeOf(table)
  const names = shape.columns.map(({ name }) => quoted(name)).join(', ')
  await from.query(
    `DECLARE rows NO SCROLL CURSOR FOR SELECT ${names} FROM ${quoted(shape.name)} ORDER BY ${shape.order}`,
  )
  const sum = new Sum()
  for (;;) {
    const { rows } = await from.query({ text: `FETCH ${batchSize} FROM rows`, rowMode: 'array' })
    for (const row of rows) sum.add(valuesOf(row as unknown[], shape))
    if (rows.length < batchSize) break
  }
  await from.query('CLOSE rows')
  return sum.end()
}

function valuesOf(row: unknown[], { columns }: Shape): unknown[] {
  return columns.map(({ type }, index) => common(row[index], type))
}

class Sum {
  #rows = 0
  readonly #hash: Hash = createHash('sha256')

  add(values: unknown[]): void {
    this.#rows += 1
    this.#hash.update(`${JSON.stringify(values)}\n`)
  }

  end(): TableSum {
    return { rows: this.#rows, sha256: this.#hash.digest('hex') }
  }
}

/** Every table after those that it refers to. */
export function inOrderOfReference(tables: readonly PgTable[]): PgTable[] {
  const ordered: PgTable[] = []
  const visit = (table: PgTable) => {
    if (ordered.includes(table)) return
    for (const { reference } of getTableConfig(table).foreignKeys) {
      const { foreignTable } = reference()
      if (foreignTable !== table) visit(foreignTable)
    }
    ordered.push(table)
  }
  for (const table of tables) visit(table)
  return ordered
}
