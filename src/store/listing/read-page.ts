import { isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Rows } from '../session.ts'
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

export interface IdPage {
  ids: string[]
  /** Null where there is no more. A page may be short, even empty, and yet not be the last (AIP-158). */
  next: Position | null
}

/**
 * The ids on one page, by keyset. Its cost does not grow with the table: an index leads to just the rows that are asked
 * for, or to so few that they are gathered and sorted, or else a set number of rows is walked in the order of the list,
 * and the next page goes on from there.
 */
export async function readPage<O extends string>(
  session: Session,
  listable: Listable<O>,
  wanted: PageWanted<O>,
): Promise<IdPage> {
  const plan = await planOf(session, listable, wanted)
  const [first = 0, ...from] = wanted.after ?? []
  const parts = partsOf(listable, wanted.orderBy)
  const ids: string[] = []
  let last: Position = []
  for (let part = Number(first); part < parts.length; part++) {
    const step = { ...plan, within: parts[part], from: part === first ? from : [], keyOfPart: part }
    for (const [id, ...keys] of await readStep(
      session,
      listable,
      wanted,
      step,
      wanted.size + 1 - ids.length,
    )) {
      if (ids.length === wanted.size) return { ids, next: last }
      ids.push(String(id))
      last = [part, ...(keys as Position)]
    }
    const stopped = isWalk(step) ? await endOfWalk(session, wanted, step) : undefined
    if (stopped) return { ids, next: [part, ...stopped] }
  }
  return { ids, next: null }
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

function readStep<O extends string>(
  session: Session,
  { table, id, orders }: Listable<O>,
  wanted: PageWanted<O>,
  step: Step,
  limit: number,
): Rows | Promise<Rows> {
  const { lead, rest, limits } = step
  if (!isWalk(step)) {
    return session.driver.ask(
      sql`select ${listed([id, ...lead.keys])} ${along(step, wanted, rest)} limit ${fixed(limit)}`,
    )
  }
  const walked = sql`select ${table}.* ${along(step, wanted)} limit ${fixed(limits.walked)}`
  const keys = [...orders[wanted.orderBy], id]
  // SQLite hands on the rows of a walk in their order; PostgreSQL may join what they are asked in any.
  const order = session.engine === 'postgres' ? sql`order by ${ordered(keys, wanted)}` : sql``
  return session.driver.ask(
    sql`select ${listed([id, ...keys])} from (${walked}) as ${table} where ${rest} ${order} limit ${fixed(limit)}`,
  )
}

/** The keys of the last row that a walk reads; undefined where it reads to the end. */
async function endOfWalk(session: Session, direction: Direction, step: Step): Promise<Position | undefined> {
  const keys = listed(step.lead.keys)
  const [end] = await session.driver.ask(
    sql`select ${keys} ${along(step, direction)} limit 1 offset ${fixed(step.limits.walked - 1)}`,
  )
  return end as Position | undefined
}

/** The rows of the lead from where the page begins, in order. */
function along({ lead, within, from, keyOfPart }: Step, { descending }: Direction, rest?: SQL): SQL {
  const order = ordered(lead.keys, { descending })
  const beyond =
    from.length > 0 ? beyondOf(lead.keys.slice(keyOfPart), from.slice(keyOfPart), descending) : undefined
  return sql`from ${lead.source} where ${all(lead.where, within, beyond, rest)} order by ${order}`
}

function ordered(keys: readonly SQLiteColumn[], { descending }: Direction): SQL {
  const direction = descending ? sql`desc` : sql`asc`
  return listed(keys.map((key) => sql`${key} ${direction}`))
}

function beyondOf(keys: readonly SQLiteColumn[], values: Position, descending: boolean): SQL {
  const given = listed(values.map((value) => sql`${value}`))
  return sql`(${listed(keys)}) ${descending ? sql`<` : sql`>`} (${given})`
}
