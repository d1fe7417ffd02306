import { eq, getTableName, type SQL, sql } from 'drizzle-orm'
import {
  alternativesOf,
  type Condition,
  endsOf,
  type FieldTest,
  isOfTeams,
  isRange,
} from '../../cluster/filter/condition.ts'
import { compile, costOf } from '../filter/compile.ts'
import type { Session } from '../store.ts'
import { affordableLimits, type Lead, type Limits, type Listable } from './listable.ts'
import { all, fixed } from './sql.ts'

export interface Wanted<O extends string = string> {
  /** Every one must hold. */
  conditions: readonly Condition[]
  orderBy: O
}

export interface Plan {
  lead: Lead
  /** Bounds of the order between which the lead is read. */
  bounds: readonly Bound[]
  /** What is still to be asked of each row; undefined where the lead tells it all. */
  rest: SQL | undefined
  /** The rows of the lead are so few that all of them may be read. */
  few: boolean
  /** How many rows may be read of it. */
  limits: Limits
}

/** An end of what is asked for, in the order of a list. */
export interface Bound {
  where: SQL
  operator: '=' | '<' | '<=' | '>' | '>='
}

/** Chooses the index that a list is read by. The choice is not left to the engine, which knows nothing of how many rows there are. */
export async function planOf<O extends string>(
  session: Session,
  listable: Listable<O>,
  { conditions, orderBy }: Wanted<O>,
): Promise<Plan> {
  const ranked = conditions.toSorted((a, b) => listable.rankOf(a) - listable.rankOf(b))
  const led = leadingOf(listable, ranked, orderBy)
  const lead = { ...inOrder(listable, orderBy), ...led?.lead }
  const beside = ranked.filter((condition) => condition !== led?.condition)
  const ranges = beside.filter((condition) => isBound(listable, condition, orderBy))
  const open = beside.filter((condition) => !isBound(listable, condition, orderBy))
  if (open.length > 0) {
    const few = await fewest(session, listable, ranked)
    if (few) {
      const others = ranked.filter((condition) => condition !== few.condition)
      return { lead: gather(listable, orderBy, few), bounds: [], ...asked(listable, others), few: true }
    }
  }
  const bounds = ranges.flatMap(endsOf).map((end) => boundOf(listable, end, lead))
  return { lead, bounds, ...asked(listable, open), few: false }
}

function boundOf(listable: Listable, end: FieldTest, lead: Lead): Bound {
  const operator = end.test.is === 'compared' ? end.test.operator : '='
  return { where: compile(end, alongside(listable, end, lead)), operator }
}

interface Leading {
  condition: Condition
  lead: Partial<Lead>
}

/** Of those for which there is an index, the first; that of the teams before any other, so that no team's rows are read for the sake of another's. */
function leadingOf<O extends string>(
  listable: Listable<O>,
  ranked: readonly Condition[],
  orderBy: O,
): Leading | undefined {
  const leading = ranked.flatMap((condition) => {
    const lead = leadOf(listable, condition, orderBy)
    return lead ? [{ condition, lead }] : []
  })
  return leading.find(({ condition }) => isOfTeams(condition)) ?? leading[0]
}

/** As many as one filter may have, and engines may be asked to merge. */
const mostAlternatives = 100

/** Where any of several values will do, the rows of each are in order, and engines merge them. */
function leadOf<O extends string>(listable: Listable<O>, condition: Condition, orderBy: O) {
  const alternatives = alternativesOf(condition)
  if (!alternatives) return listable.leadOf(condition, orderBy)
  if (alternatives.length > mostAlternatives) return undefined
  const leads = alternatives.map((each) => listable.leadOf(each, orderBy))
  const several = leads.flatMap((lead) =>
    lead && !lead.keys ? sql`select ${listable.table}.* from ${lead.source} where ${lead.where}` : [],
  )
  if (several.length === 0 || several.length < leads.length) return undefined
  return { source: sql`(${sql.join(several, sql` union all `)}) as ${listable.table}`, where: undefined }
}

function inOrder<O extends string>({ table, id, orders }: Listable<O>, orderBy: O): Lead {
  return { source: sql`${table}`, where: undefined, keys: [...orders[orderBy], id] }
}

/** Whether it is a bound of the order itself, between which any index in that order is read. */
function isBound<O extends string>(
  { columns, orders }: Listable<O>,
  condition: Condition,
  orderBy: O,
): condition is FieldTest {
  if (condition.kind !== 'test' || condition.key !== undefined) return false
  const { test, field } = condition
  return isRange(test) && columns.fields[field] === orders[orderBy][0]
}

function alongside({ columns }: Listable, { field }: FieldTest, { keys: [key] }: Lead) {
  return key ? { fields: { [field]: key } } : columns
}

interface Few {
  condition: Condition
  ids: SQL
  count: number
}

/** The condition that the fewest rows meet, if that is few enough and an index can tell. Each page of an export asks for it. */
async function fewest(
  session: Session,
  listable: Listable,
  ranked: readonly Condition[],
): Promise<Few | undefined> {
  const { gathered } = asked(listable, ranked).limits
  const find = async () => ({ few: await findFewest(session, listable, ranked, gathered) })
  // Elsewhere there may be more of them a moment later, which would be left out.
  if (!session.isSnapshot) return (await find()).few
  const name = JSON.stringify([getTableName(listable.table), gathered, ranked])
  const { few } = await session.recall('fewest', name, find)
  return few
}

async function findFewest(
  session: Session,
  listable: Listable,
  ranked: readonly Condition[],
  gathered: number,
): Promise<Few | undefined> {
  let best: Few | undefined
  for (const condition of ranked) {
    const ids = idsOf(listable, condition)
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

/** Where any of several conditions will do, an id may be told by more than one. */
function idsOf(listable: Listable, condition: Condition): SQL | undefined {
  if (condition.kind !== 'or') return listable.idsOf(condition)
  if (condition.parts.length > mostAlternatives) return undefined
  const told = condition.parts.flatMap((part) => idsOf(listable, part) ?? [])
  const all = told.length > 0 && told.length === condition.parts.length
  return all ? sql.join(told, sql` union all `) : undefined
}

/** Of so few rows there is no need to find fewer. */
const enough = 200

function gather<O extends string>(listable: Listable<O>, orderBy: O, { ids }: Few): Lead {
  const { table, id } = listable
  // Engines take a cross join in the order in which it is written, or find that order by the limit.
  const found = sql`(select distinct id from (${ids} limit ${fixed(listable.limits.gathered)}) as several) as found`
  return {
    source: sql`${found} cross join ${table}`,
    where: eq(id, sql`found.id`),
    keys: inOrder(listable, orderBy).keys,
  }
}

/** What is asked of each row, and of how many rows that may be asked. */
function asked(
  { columns, limits }: Listable,
  conditions: readonly Condition[],
): Pick<Plan, 'rest' | 'limits'> {
  const cost = costOf({ kind: 'and', parts: [...conditions] }, columns)
  const rest = conditions.length > 0 ? all(...conditions.map((each) => compile(each, columns))) : undefined
  return { rest, limits: affordableLimits(limits, cost) }
}
