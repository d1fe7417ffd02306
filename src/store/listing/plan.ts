import { eq, type SQL, sql } from 'drizzle-orm'
import { type Condition, isRange } from '../../cluster/filter/condition.ts'
import { compile } from '../filter/compile.ts'
import type { Session } from '../store.ts'
import type { Lead, Listable } from './listable.ts'
import { all, fixed } from './sql.ts'

export interface Wanted<O extends string = string> {
  /** Every one must hold. */
  conditions: readonly Condition[]
  /** What must hold beside, of which only the SQL is known. */
  also?: SQL | undefined
  orderBy: O
}

export interface Plan {
  lead: Lead
  /** What is still to be asked of each row; undefined where the lead tells it all. */
  rest: SQL | undefined
  /** The rows of the lead are so few that all of them may be read. */
  few: boolean
}

/** Chooses the index that a list is read by. The choice is not left to the engine, which knows nothing of how many rows there are. */
export async function planOf<O extends string>(
  session: Session,
  listable: Listable<O>,
  { conditions, also, orderBy }: Wanted<O>,
): Promise<Plan> {
  const ranked = conditions.toSorted((a, b) => listable.rankOf(a) - listable.rankOf(b))
  const led = ranked.find((condition) => listable.leadOf(condition, orderBy))
  const lead = { ...inOrder(listable, orderBy), ...(led && listable.leadOf(led, orderBy)) }
  const ranges = ranked.filter((condition) => condition !== led && bounds(listable, condition, orderBy))
  const open = ranked.filter((condition) => condition !== led && !ranges.includes(condition))
  if (open.length > 0 || also) {
    const few = await fewest(session, listable, ranked)
    if (few)
      return {
        ...gather(listable, orderBy, few),
        rest: restOf(listable, ranked, few.condition, also),
        few: true,
      }
  }
  const where = all(lead.where, ...ranges.map((range) => compile(range, alongside(listable, range, lead))))
  const rest =
    open.length > 0 || also ? all(...open.map((each) => compile(each, listable.columns)), also) : undefined
  return { lead: { ...lead, where }, rest, few: false }
}

function inOrder<O extends string>({ table, id, orders }: Listable<O>, orderBy: O): Lead {
  return { source: sql`${table}`, where: undefined, keys: [...orders[orderBy], id] }
}

/** Whether it is a bound of the order itself, between which any index in that order is read. */
function bounds<O extends string>(
  { columns, orders }: Listable<O>,
  condition: Condition,
  orderBy: O,
): boolean {
  if (condition.kind !== 'test' || condition.key !== undefined) return false
  const { test, field } = condition
  return isRange(test) && columns.fields[field] === orders[orderBy][0]
}

function alongside({ columns }: Listable, condition: Condition, { keys }: Lead) {
  const [key] = keys
  if (condition.kind !== 'test' || !key) return columns
  return { fields: { [condition.field]: key } }
}

interface Few {
  condition: Condition
  ids: SQL
  count: number
}

/** The condition that the fewest rows meet, if that is few enough and an index can tell. */
async function fewest(
  session: Session,
  listable: Listable,
  ranked: readonly Condition[],
): Promise<Few | undefined> {
  const { gathered } = listable.limits
  let best: Few | undefined
  for (const condition of ranked) {
    const ids = listable.idsOf(condition)
    if (!ids) continue
    const most = best?.count ?? gathered
    const [[found] = []] = await session.driver.ask(
      sql`select count(*) from (${ids} limit ${fixed(gathered + 1)}) as found`,
    )
    const count = Number(found)
    if (count <= most) best = { condition, ids, count }
    if (best && best.count <= enough) break
  }
  return best
}

/** Of so few rows there is no need to find fewer. */
const enough = 200

function gather<O extends string>(listable: Listable<O>, orderBy: O, { ids }: Few): { lead: Lead } {
  const { table, id } = listable
  // Engines take a cross join in the order in which it is written, or find that order by the limit.
  const found = sql`(select distinct id from (${ids} limit ${fixed(listable.limits.gathered)}) as several) as found`
  return {
    lead: {
      source: sql`${found} cross join ${table}`,
      where: eq(id, sql`found.id`),
      keys: inOrder(listable, orderBy).keys,
    },
  }
}

function restOf(
  { columns }: Listable,
  conditions: readonly Condition[],
  led: Condition,
  also: SQL | undefined,
): SQL | undefined {
  const rest = conditions.filter((condition) => condition !== led)
  return rest.length > 0 || also ? all(...rest.map((each) => compile(each, columns)), also) : undefined
}
