import { and, eq, gte, isNull, lte, or } from 'drizzle-orm'
import type { Teams } from '../cluster/caller.ts'
import type { Intent } from './claims.ts'
import { type AuditQuery, listAuditEntries } from './read-audit-entries.ts'
import type { Session, Store } from './store.ts'

/** An entry, and the call to the provider that it tells of, where it tells of one. */
export interface HistoryItem {
  document: string
  call: Intent | null
}

export interface HistoryQuery {
  clusterId: string
  /** Only what was the affair of these teams: a cluster may have been another's before. */
  visibleTeams: Teams
  /** Who reads: a page token serves nobody else. */
  reader: string
  pageSize: number
  pageToken: string | undefined
}

/** Everything that happened to a cluster in these teams, newest first. */
export async function readClusterHistory(
  store: Store,
  { clusterId, ...page }: HistoryQuery,
): Promise<{ items: HistoryItem[]; nextPageToken: string | null }> {
  const query: AuditQuery = { ...page, target: clusterId }
  const { documents, nextPageToken } = await listAuditEntries(store, query)
  const entries = documents.map((document) => ({ document, ...idAndTime(document) }))
  const [newest, oldest] = [entries[0], entries.at(-1)]
  const calls = newest && oldest ? await callsBetween(store.reader, clusterId, oldest.time, newest.time) : []
  const byEntry = new Map(
    calls.flatMap((call) => [call.callEntryId, call.settleEntryId].map((id) => [id, call])),
  )
  const items = entries.map(({ id, document }) => ({ document, call: byEntry.get(id) ?? null }))
  return { items, nextPageToken }
}

function idAndTime(document: string): { id: string; time: number } {
  const { id, time } = JSON.parse(document) as { id: string; time: string }
  return { id, time: Date.parse(time) }
}

/** The calls that were under way at some time of a span; few, as they are those of one cluster. */
function callsBetween(
  { db, tables: { intents } }: Session,
  clusterId: string,
  from: number,
  to: number,
): Promise<Intent[]> {
  const notOver = or(isNull(intents.endTime), gte(intents.endTime, from))
  return db
    .select()
    .from(intents)
    .where(and(eq(intents.clusterId, clusterId), lte(intents.startTime, to), notOver))
}
