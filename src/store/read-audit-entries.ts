import { and, count, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm'
import type { Teams } from '../cluster/caller.ts'
import { inTeams } from './in-teams.ts'
import { readPageToken, writePageToken } from './page-token.ts'
import type { ListedPage } from './read-clusters.ts'
import type { Store, Tables } from './store.ts'

export interface AuditQuery {
  /** Only entries of these teams; those of no team are for who sees all of them. */
  visibleTeams: Teams
  action?: string
  outcome?: string
  actor?: string
  team?: string
  target?: string
  requestId?: string
  /** Epoch milliseconds, from included, to excluded. */
  from?: number
  to?: number
  pageSize: number
  pageToken: string | undefined
}

/** Newest first: the ids sort by time. */
export async function listAuditEntries(store: Store, query: AuditQuery): Promise<ListedPage> {
  const { db, tables } = store.reader
  const { auditEntries } = tables
  const { pageSize, pageToken, ...bound } = query
  const conditions = conditionsOf(tables, query)
  if (pageToken !== undefined) {
    const [id] = readPageToken(store.tokenKey, bound, pageToken)
    conditions.push(sql`${auditEntries.id} < ${id}`)
  }
  const rows = await db
    .select({ id: auditEntries.id, document: auditEntries.document })
    .from(auditEntries)
    .where(and(...conditions))
    .orderBy(desc(auditEntries.id))
    .limit(pageSize + 1)
  const page = rows.slice(0, pageSize)
  const last = page.at(-1)
  const more = rows.length > pageSize && last !== undefined
  return {
    documents: page.map((row) => row.document),
    nextPageToken: more ? writePageToken(store.tokenKey, bound, [last.id]) : null,
  }
}

export async function countAuditEntries(store: Store, query: AuditQuery): Promise<number> {
  const { db, tables } = store.reader
  const [row] = await db
    .select({ total: count() })
    .from(tables.auditEntries)
    .where(and(...conditionsOf(tables, query)))
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

function conditionsOf({ auditEntries: t }: Tables, query: AuditQuery): (SQL | undefined)[] {
  const conditions: (SQL | undefined)[] = [inTeams(t.team, query.visibleTeams)]
  if (query.action !== undefined) conditions.push(eq(t.action, query.action))
  if (query.outcome !== undefined) conditions.push(eq(t.outcome, query.outcome))
  if (query.actor !== undefined) conditions.push(eq(t.actorId, query.actor))
  if (query.team !== undefined) conditions.push(eq(t.team, query.team))
  if (query.target !== undefined) conditions.push(eq(t.targetId, query.target))
  if (query.requestId !== undefined) conditions.push(eq(t.requestId, query.requestId))
  if (query.from !== undefined) conditions.push(gte(t.time, query.from))
  if (query.to !== undefined) conditions.push(lt(t.time, query.to))
  return conditions
}
