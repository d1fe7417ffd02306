import { type SQL, sql } from 'drizzle-orm'
import type { Condition } from '../cluster/filter/condition.ts'
import { auditSearch, matchesText, searchedEntryId, searchPosition } from './audit-search.ts'
import { auditColumns } from './filter/audit-columns.ts'
import { compile, costOf } from './filter/compile.ts'
import type { Counted } from './listing/count-rows.ts'
import { affordableLimits, type Limits, usualLimits } from './listing/listable.ts'
import type { Position } from './listing/read-page.ts'
import { all, fixed } from './listing/sql.ts'
import type { Session } from './store.ts'

export interface SearchWanted {
  /** Words to search for; see `matchesText`. */
  text: string
  /** What must hold beside. */
  conditions: readonly Condition[]
}

export interface SearchPageWanted extends SearchWanted {
  descending: boolean
  size: number
  after: Position | undefined
}

/**
 * The ids of the entries on one page of a search, in the order in which they were written. Words that many entries have
 * must not stall everybody else: where other conditions must hold too, a page looks at so many entries and no further.
 */
export async function searchPage(
  session: Session,
  wanted: SearchPageWanted,
): Promise<{ ids: string[]; next: Position | null }> {
  const { text, conditions, descending, size, after } = wanted
  const [order, before, within] = descending ? [sql`desc`, sql`<`, sql`>=`] : [sql`asc`, sql`>`, sql`<=`]
  const begin = after && sql`${searchPosition} ${before} ${after[0]}`
  const ordered = (condition: SQL) => sql`where ${condition} order by ${searchPosition} ${order}`
  const [end] =
    conditions.length === 0
      ? []
      : await session.driver.ask(
          sql`select ${searchPosition} from ${auditSearch} ${ordered(all(matchesText(session, text), begin))} limit 1 offset ${fixed(limitsOf(session, wanted).walked - 1)}`,
        )
  const stop = end && sql`${searchPosition} ${within} ${end[0]}`
  const found = all(matching(session, wanted), begin, stop)
  const rows = await session.driver.ask(
    sql`select ${searchedEntryId}, ${searchPosition} from ${sourceOf(session, conditions)} ${ordered(found)} limit ${fixed(size + 1)}`,
  )
  const page = rows.slice(0, size)
  const full = rows.length > size ? page.at(-1) : undefined
  return { ids: page.map(([id]) => String(id)), next: positionOf(full?.[1] ?? end?.[0]) }
}

function limitsOf({ tables }: Session, { conditions }: SearchWanted): Limits {
  return affordableLimits(usualLimits, costOf({ kind: 'and', parts: [...conditions] }, auditColumns(tables)))
}

function positionOf(rowid: unknown): Position | null {
  return rowid === undefined ? null : [Number(rowid)]
}

/** Counts what a search finds, as far as a set number of entries goes. */
export async function countFound(session: Session, wanted: SearchWanted): Promise<Counted> {
  const { text, conditions } = wanted
  const most = conditions.length === 0 ? usualLimits.counted : limitsOf(session, wanted).sifted
  const end = sql`select ${searchPosition} from ${auditSearch} where ${matchesText(session, text)} order by ${searchPosition} desc limit 1 offset ${fixed(most)}`
  const [stop] = await session.driver.ask(end)
  const found = all(matching(session, wanted), stop && sql`${searchPosition} > ${stop[0]}`)
  const source = sourceOf(session, conditions)
  const [[rows] = []] = await session.driver.ask(sql`select count(*) from ${source} where ${found}`)
  return { rows: Number(rows), atLeast: stop !== undefined }
}

/** The index of words is read first: it alone has what was found in order. */
function sourceOf({ tables }: Session, conditions: readonly Condition[]): SQL {
  return conditions.length === 0 ? auditSearch : sql`${auditSearch} cross join ${tables.auditEntries}`
}

/** Conditions on an entry that was found are in a form that no planner takes for a better way to find it. */
function matching(session: Session, { text, conditions }: SearchWanted): SQL {
  if (conditions.length === 0) return matchesText(session, text)
  const compiled = conditions.map((condition) => compile(condition, auditColumns(session.tables)))
  const held = sql`case when ${all(...compiled)} then 1 else 0 end = 1`
  return all(matchesText(session, text), sql`${session.tables.auditEntries.id} = ${searchedEntryId}`, held)
}
