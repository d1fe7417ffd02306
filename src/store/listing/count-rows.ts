import { sql } from 'drizzle-orm'
import type { Session } from '../store.ts'
import type { Listable } from './listable.ts'
import { planOf, type Wanted } from './plan.ts'
import { all, fixed } from './sql.ts'

export interface Counted {
  rows: number
  /** There may be more: the counting stopped at its limit. */
  atLeast: boolean
}

/** Counts what a list holds, as far as a set number of rows goes. */
export async function countRows<O extends string>(
  session: Session,
  listable: Listable<O>,
  wanted: Wanted<O>,
): Promise<Counted> {
  const { lead, bounds, rest, limits } = await planOf(session, listable, wanted)
  const { table } = listable
  const most = rest ? limits.sifted : limits.counted
  const read = sql`from ${lead.source} where ${all(lead.where, ...bounds.map(({ where }) => where))}`
  const led = sql`select ${rest ? sql`${table}.*` : sql`1`} ${read} limit ${fixed(most)}`
  const [[rows] = []] = await session.driver.ask(
    sql`select count(*) from (${led}) as ${table} where ${all(rest)}`,
  )
  const [more] = await session.driver.ask(sql`select 1 ${read} limit 1 offset ${fixed(most)}`)
  return { rows: Number(rows), atLeast: more !== undefined }
}
