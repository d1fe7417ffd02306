import { and, count, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm'
import type { Teams } from '../cluster/caller.ts'
import { auditSearch, matchesText, searchedEntryId, searchPosition } from './audit-search.ts'
import { inTeams } from './in-teams.ts'
import { readPageToken, writePageToken } from './page-token.ts'
import type { ListedPage } from './read-clusters.ts'
import type { Snapshot } from './snapshots.ts'
import type { Session, Store, Tables } from './store.ts'

/** Which entries. */
export interface AuditSelection {
  /** Only entries of these teams; those of no team are for who sees all of them. */
  visibleTeams: Teams
  action?: string
  outcome?: string
  actor?: string
  team?: string
  target?: string
  requestId?: string
  /** Words to search for; see `matchesText`. */
  q?: string
  /** Epoch milliseconds, from included, to excluded. */
  from?: number
  to?: number
}

export interface AuditQuery extends AuditSelection {
  /** Who reads: a page token serves nobody else. */
  reader: string
  pageSize: number
  pageToken: string | undefined
}

/** Where in a list an entry is, as the columns that it is ordered by. */
type Position = (string | number | null)[]

interface Page {
  documents: string[]
  /** Where to go on; null where there is no more. A page may be short and yet not be the last (AIP-158). */
  next: Position | null
}

/** Newest first. */
export async function listAuditEntries(store: Store, query: AuditQuery): Promise<ListedPage> {
  const { pageSize, pageToken, ...bound } = query
  const after = pageToken === undefined ? null : readPageToken(store.tokenKey, bound, pageToken)
  const { documents, next } = await readPage(store.reader, query, after, pageSize)
  return { documents, nextPageToken: next && writePageToken(store.tokenKey, bound, next) }
}

const exportedAtOnce = 500

/** Every entry of a snapshot, newest first, some hundreds at a time. */
export async function* exportAuditEntries(
  snapshot: Snapshot,
  selection: AuditSelection,
): AsyncGenerator<string[]> {
  let next: Position | null = null
  do {
    const page: Page = await snapshot.read((session) => readPage(session, selection, next, exportedAtOnce))
    yield page.documents
    next = page.next
  } while (next !== null)
}

export async function countAuditEntries(store: Store, selection: AuditSelection): Promise<number> {
  const { db } = store.reader
  const { from, conditions } = leadOf(store.reader, selection)
  const [row] = await db
    .select({ total: count() })
    .from(from)
    .where(and(...conditions))
  return row?.total ?? 0
}

/** The entry's team, for who may see it, and the entry as the API shows it. */
export async function findAuditEntry(store: Store, id: string) {
  const { db, tables } = store.reader
  const [row] = await db
    .select({ team: tables.auditEntries.team, document: tables.auditEntries.document })
    .from(tables.auditEntries)
    .where(eq(tables.auditEntries.id, id))
  return row
}

async function readPage(
  session: Session,
  selection: AuditSelection,
  after: Position | null,
  size: number,
): Promise<Page> {
  const { db, tables } = session
  const { from, conditions, order } = leadOf(session, selection)
  const [first = sql`null`, second = sql`null`] = order
  const beyond = after
    ? [sql`(${sql.join(order, sql`, `)}) < (${sql.join(after.map(parameter), sql`, `)})`]
    : []
  const end = await endOfSearch(session, selection, beyond)
  const within = end ? [sql`${first} >= ${end[0]}`] : []
  const rows = await db
    .select({ first, second, document: sql<string>`${tables.auditEntries.document}` })
    .from(from)
    .where(and(...conditions, ...beyond, ...within))
    .orderBy(...order.map((column) => desc(column)))
    .limit(size + 1)
  const page = rows.slice(0, size)
  const last = page.at(-1)
  const isFull = rows.length > size && last !== undefined
  return {
    documents: page.map((row) => row.document),
    next: isFull ? [last.first, last.second].slice(0, order.length) : end,
  }
}

/** Entries with the words of a search that one page looks at, where they must meet other conditions too. */
const searchedAtOnce = 5000

/** How far a page of a search may look; null where it may look to the end. Words that many entries have must not stall everybody else. */
async function endOfSearch(
  session: Session,
  selection: AuditSelection,
  beyond: SQL[],
): Promise<Position | null> {
  const { db, tables } = session
  const { q } = selection
  if (q === undefined || conditionsOf(tables, selection).length === 0) return null
  const [end] = await db
    .select({ position: searchPosition })
    .from(auditSearch)
    .where(and(matchesText(session, q), ...beyond))
    .orderBy(desc(searchPosition))
    .limit(1)
    .offset(searchedAtOnce - 1)
  return end ? [end.position] : null
}

const parameter = (value: Position[number]) => sql`${value}`

/** The table that is read first. It has what was asked for in the order of the list, so that no page reads or sorts the rest. */
interface Lead {
  from: SQL
  conditions: SQL[]
  /** What the list is ordered by, descending. Written out, as drizzle leaves the tables' names away where there is no join of its own. */
  order: SQL<Position[number]>[]
}

function leadOf(session: Session, selection: AuditSelection): Lead {
  const { tables } = session
  const { auditEntries: e, auditTargets: t } = tables
  const { q, target, from, to } = selection
  const rest = conditionsOf(tables, selection)
  if (q !== undefined) {
    return {
      from: sql`${auditSearch} cross join ${e}`,
      conditions: [matchesText(session, q), sql`${e.id} = ${searchedEntryId}`, ...afterwards(rest)],
      order: [searchPosition],
    }
  }
  if (target !== undefined) {
    const span = [from !== undefined && gte(t.time, from), to !== undefined && lt(t.time, to)]
    return {
      from: sql`${t} cross join ${e}`,
      conditions: [
        eq(t.targetId, target),
        eq(e.id, t.entryId),
        ...span.filter((bound) => bound !== false),
        ...afterwards(rest),
      ],
      order: [sql`audit_targets.time`, sql`audit_targets.entry_id`],
    }
  }
  return { from: sql`${e}`, conditions: rest, order: [sql`audit_entries.time`, sql`audit_entries.id`] }
}

/** Conditions on a row that was found, in a form that no planner takes for a better way to find it. */
function afterwards(conditions: SQL[]): SQL[] {
  return conditions.length === 0 ? [] : [sql`case when ${and(...conditions)} then 1 else 0 end = 1`]
}

function conditionsOf({ auditEntries: e, auditTargets: t }: Tables, selection: AuditSelection): SQL[] {
  const conditions: SQL[] = []
  const visible = inTeams(e.team, selection.visibleTeams)
  if (visible) conditions.push(visible)
  if (selection.action !== undefined) conditions.push(eq(e.action, selection.action))
  if (selection.outcome !== undefined) conditions.push(eq(e.outcome, selection.outcome))
  if (selection.actor !== undefined) conditions.push(eq(e.actorId, selection.actor))
  if (selection.team !== undefined) conditions.push(eq(e.team, selection.team))
  if (selection.requestId !== undefined) conditions.push(eq(e.requestId, selection.requestId))
  if (selection.from !== undefined) conditions.push(gte(e.time, selection.from))
  if (selection.to !== undefined) conditions.push(lt(e.time, selection.to))
  if (selection.target !== undefined && selection.q !== undefined) {
    const about = and(
      eq(t.targetId, selection.target),
      sql`${t.time} = ${e.time}`,
      sql`${t.entryId} = ${e.id}`,
    )
    conditions.push(sql`exists (select 1 from ${t} where ${about})`)
  }
  return conditions
}
