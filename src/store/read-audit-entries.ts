import { and, count, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm'
import { auditSearch, matchesText, searchedEntryId, searchPosition } from './audit-search.sqlite.ts'
import { readPageToken, writePageToken } from './page-token.ts'
import type { ListedPage } from './read-clusters.ts'
import type { Snapshot } from './snapshots.ts'
import type { Session, Store, Tables } from './store.ts'

/** Which entries. */
export interface AuditSelection {
  /** Only entries of this team; undefined for all, those of no team included. */
  visibleTeam: string | undefined
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

interface Found {
  position: Position
  document: string
}

/** Newest first. */
export async function listAuditEntries(store: Store, query: AuditQuery): Promise<ListedPage> {
  const { pageSize, pageToken, ...bound } = query
  const after = pageToken === undefined ? null : readPageToken(store.tokenKey, bound, pageToken)
  const rows = await readEntries(store.reader, query, after, pageSize + 1)
  const page = rows.slice(0, pageSize)
  const last = page.at(-1)
  const more = rows.length > pageSize && last !== undefined
  return {
    documents: page.map((row) => row.document),
    nextPageToken: more ? writePageToken(store.tokenKey, bound, last.position) : null,
  }
}

const exportedAtOnce = 500

/** Every entry of a snapshot, newest first, some hundreds at a time. */
export async function* exportAuditEntries(
  snapshot: Snapshot,
  selection: AuditSelection,
): AsyncGenerator<string[]> {
  let after: Position | null = null
  for (;;) {
    const rows: Found[] = await snapshot.read((session) =>
      readEntries(session, selection, after, exportedAtOnce),
    )
    if (rows.length > 0) yield rows.map((row) => row.document)
    after = rows.at(-1)?.position ?? null
    if (rows.length < exportedAtOnce) return
  }
}

export async function countAuditEntries(store: Store, selection: AuditSelection): Promise<number> {
  const { db, tables } = store.reader
  const { from, conditions } = leadOf(tables, selection)
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

async function readEntries(
  { db, tables }: Session,
  selection: AuditSelection,
  after: Position | null,
  limit: number,
): Promise<Found[]> {
  const { from, conditions, order } = leadOf(tables, selection)
  const [first = sql`null`, second = sql`null`] = order
  const beyond = after && sql`(${sql.join(order, sql`, `)}) < (${sql.join(after.map(parameter), sql`, `)})`
  const rows = await db
    .select({ first, second, document: sql<string>`${tables.auditEntries.document}` })
    .from(from)
    .where(and(...conditions, ...(beyond ? [beyond] : [])))
    .orderBy(...order.map((column) => desc(column)))
    .limit(limit)
  return rows.map((row) => ({
    position: [row.first, row.second].slice(0, order.length),
    document: row.document,
  }))
}

const parameter = (value: Position[number]) => sql`${value}`

/** The table that is read first. It has what was asked for in the order of the list, so that no page reads or sorts the rest. */
interface Lead {
  from: SQL
  conditions: SQL[]
  /** What the list is ordered by, descending. Written out, as drizzle leaves the tables' names away where there is no join of its own. */
  order: SQL<Position[number]>[]
}

function leadOf(tables: Tables, selection: AuditSelection): Lead {
  const { auditEntries: e, auditTargets: t } = tables
  const { q, target, from, to } = selection
  const rest = conditionsOf(tables, selection)
  if (q !== undefined) {
    return {
      from: sql`${auditSearch} cross join ${e}`,
      conditions: [matchesText(q), sql`${e.id} = ${searchedEntryId}`, ...afterwards(rest)],
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
  if (selection.visibleTeam !== undefined) conditions.push(eq(e.team, selection.visibleTeam))
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
