import { getTableName, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { type RowOf, rowReader } from '../compiled.ts'
import { selectByIds } from '../statements.ts'
import type { Session } from '../store.ts'
import type { Listable } from './listable.ts'
import { type Plan, planOf, type Wanted } from './plan.ts'
import { all, fixed, listed } from './sql.ts'

/** Where a page ended: a part of the order, and the keys of a row in it. */
export type Position = (string | number | null)[]

export interface PageWanted<O extends string = string> extends Wanted<O> {
  descending: boolean
  size: number
  after: Position | undefined
}

/** The columns of a list's rows, and a name for the statement that reads them. */
export interface Shown<F extends Record<string, SQLiteColumn>> {
  name: string
  columns: F
}

export interface Page<T> {
  rows: T[]
  /** Null where there is no more. A page may be short, even empty, and yet not be the last (AIP-158). */
  next: Position | null
}

/**
 * The rows on one page, by keyset. Its cost does not grow with the table: an index leads to just the rows that are asked
 * for, or to so few that they are gathered and sorted, or else a set number of rows is walked in the order of the list,
 * and the next page goes on from there.
 */
export async function readPage<O extends string, F extends Record<string, SQLiteColumn>>(
  session: Session,
  listable: Listable<O>,
  wanted: PageWanted<O>,
  shown: Shown<F>,
): Promise<Page<RowOf<F>>> {
  const plan = await planOf(session, listable, wanted)
  const { table, id } = listable
  // Rows that an index leads to one after the other are read as they are found; of those that are walked or sorted only
  // the ones that turn out to be on the page.
  if (plan.rest === undefined && !plan.few) return readSteps(session, listable, wanted, plan, shown)
  const { rows: ids, next } = await readIds(session, listable, wanted, plan)
  return { rows: await selectByIds(session, shown.name, table, id, shown.columns, ids), next }
}

/** The ids of the rows on one page. */
export async function readPageIds<O extends string>(
  session: Session,
  listable: Listable<O>,
  wanted: PageWanted<O>,
): Promise<Page<string>> {
  return readIds(session, listable, wanted, await planOf(session, listable, wanted))
}

async function readIds<O extends string>(
  session: Session,
  listable: Listable<O>,
  wanted: PageWanted<O>,
  plan: Plan,
): Promise<Page<string>> {
  const { table, id } = listable
  const shown = { name: `id of ${getTableName(table)}`, columns: { id } }
  const { rows, next } = await readSteps(session, listable, wanted, plan, shown)
  return { rows: rows.map((row) => String(row.id)), next }
}

async function readSteps<O extends string, F extends Record<string, SQLiteColumn>>(
  session: Session,
  listable: Listable<O>,
  wanted: PageWanted<O>,
  plan: Plan,
  shown: Shown<F>,
): Promise<Page<RowOf<F>>> {
  const [first = 0, ...from] = wanted.after ?? []
  const parts = partsOf(listable, wanted.orderBy)
  const { selected, width, read } = selectionOf(session, shown)
  const rows: RowOf<F>[] = []
  let last: { part: number; row: unknown[] } | undefined
  for (let part = Number(first); part < parts.length; part++) {
    const step = { ...plan, within: parts[part], from: part === first ? from : [], keyOfPart: part }
    const missing = wanted.size + 1 - rows.length
    const write = () => writeStep(session, listable, wanted, step, selected, missing)
    // Where the plan follows from what is wanted alone, so does the statement.
    const follows = plan.rest === undefined && !plan.few
    const { conditions, orderBy, descending } = wanted
    const asked = [shown.name, conditions, orderBy, descending, part, step.from.length, missing]
    const run = follows ? session.shape(JSON.stringify(asked), write) : session.driver.shape(write())
    for (const row of await run(keysFrom(step))) {
      if (last && rows.length === wanted.size) {
        return { rows, next: [last.part, ...last.row.slice(width)] as Position }
      }
      rows.push(read(row))
      last = { part, row }
    }
    const stopped = isWalk(step) ? await endOfWalk(session, wanted, step) : undefined
    if (stopped) return { rows, next: [part, ...stopped] }
  }
  return { rows, next: null }
}

/** The columns that are shown, as text, and how a row that begins with them is read. */
function selectionOf<F extends Record<string, SQLiteColumn>>(session: Session, { name, columns }: Shown<F>) {
  return session.prepared(`selection of ${name}`, () => {
    const all = Object.values(columns)
    const names = all.map((column) => `"${getTableName(column.table)}"."${column.name}"`)
    return { selected: sql.raw(names.join(', ')), width: all.length, read: rowReader(columns) }
  }) as { selected: SQL; width: number; read: (row: unknown[]) => RowOf<F> }
}

/** Nulls come last in either direction: they are a part of their own. */
function partsOf<O extends string>({ orders }: Listable<O>, orderBy: O): (SQL | undefined)[] {
  const [column] = orders[orderBy]
  return column && !column.notNull ? [isNotNull(column), isNull(column)] : [undefined]
}

interface Step extends Plan {
  within: SQL | undefined
  /** Keys of the row after which to go on; empty at the beginning of the part. */
  from: Position
  /** How many of the keys are null all over the part. */
  keyOfPart: number
}

type Direction = Pick<PageWanted, 'descending'>

function isWalk({ rest, few }: Plan): boolean {
  return rest !== undefined && !few
}

function writeStep<O extends string>(
  session: Session,
  { table, id, orders }: Listable<O>,
  wanted: PageWanted<O>,
  step: Step,
  selected: SQL,
  limit: number,
): SQL {
  const { lead, rest, limits } = step
  if (!isWalk(step)) {
    return sql`select ${selected}, ${listed(lead.keys)} ${along(step, wanted, rest)} limit ${fixed(limit)}`
  }
  const walked = sql`select ${table}.* ${along(step, wanted)} limit ${fixed(limits.walked)}`
  const keys = [...orders[wanted.orderBy], id]
  // SQLite hands on the rows of a walk in their order; PostgreSQL may join what they are asked in any.
  const order = session.engine === 'postgres' ? sql`order by ${ordered(keys, wanted)}` : sql``
  return sql`select ${selected}, ${listed(keys)} from (${walked}) as ${table} where ${rest} ${order} limit ${fixed(limit)}`
}

/** The keys of the last row that a walk reads; undefined where it reads to the end. */
async function endOfWalk(session: Session, direction: Direction, step: Step): Promise<Position | undefined> {
  const keys = listed(step.lead.keys)
  const run = session.driver.shape(
    sql`select ${keys} ${along(step, direction)} limit 1 offset ${fixed(step.limits.walked - 1)}`,
  )
  const [end] = await run(keysFrom(step))
  return end as Position | undefined
}

/** The values of the placeholders for where a page begins. */
function keysFrom({ from }: Step): Record<string, string | number | null> {
  return Object.fromEntries(from.map((value, index) => [nameOfKey(index), value]))
}

const nameOfKey = (index: number) => `key ${index}`

/** The rows of the lead from where the page begins, in order. */
function along({ lead, bounds, within, from, keyOfPart }: Step, { descending }: Direction, rest?: SQL): SQL {
  const order = ordered(lead.keys, { descending })
  const goesOn = from.length > 0
  const beyond = goesOn ? beyondOf(lead.keys, keyOfPart, descending) : undefined
  // Of two bounds on one side engines take either: from any but the row before, they would read all that came before it.
  const behind = descending ? '<' : '>'
  const left = bounds.filter(({ operator }) => !goesOn || !operator.startsWith(behind))
  const where = all(lead.where, ...left.map((bound) => bound.where), within, beyond, rest)
  return sql`from ${lead.source} where ${where} order by ${order}`
}

function ordered(keys: readonly SQLiteColumn[], { descending }: Direction): SQL {
  const direction = descending ? sql`desc` : sql`asc`
  return listed(keys.map((key) => sql`${key} ${direction}`))
}

/** Those after the row that `keysFrom` tells of, whose first keys are null as they are all over the part. */
function beyondOf(keys: readonly SQLiteColumn[], keyOfPart: number, descending: boolean): SQL {
  const given = keys.map((_, index) => sql.placeholder(nameOfKey(index)))
  return sql`(${listed(keys.slice(keyOfPart))}) ${descending ? sql`<` : sql`>`} (${listed(given.slice(keyOfPart))})`
}
