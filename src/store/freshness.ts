import { eq, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { toRfc3339 } from '../cluster/clock.ts'
import { compiledRead } from './compiled.ts'
import type { Session, Store, Tables } from './store.ts'

/** What tells when a cluster was last seen, beside its own document. */
export function freshnessColumns({ clusters }: Tables) {
  return {
    document: clusters.document,
    observedTime: clusters.observedTime,
    absentSyncs: clusters.absentSyncs,
    state: clusters.state,
    operationStatus: clusters.operationStatus,
    connectionId: clusters.connectionId,
  }
}

/** The same, and what tells a document from every other that there was, or will be, of any cluster. */
export function markedColumns(tables: Tables) {
  const { id, version, revision } = tables.clusters
  return { ...freshnessColumns(tables), id, version, revision }
}

interface Freshness {
  document: string
  observedTime: number | null
  absentSyncs: number
  state: string
  operationStatus: string | null
  connectionId: string
}

interface Marked extends Freshness {
  id: string
  version: number
  revision: number
}

const unseen = new Set(['MISSING', 'DELETED'])
const open = new Set(['PENDING', 'RUNNING', 'OUTCOME_UNKNOWN'])
/** No label, whatever it is called, has nothing or an object for its value, as what follows has. */
const observation = /"observedTime":(?:null|"[^"\\]*"),"observedVia":(?:null|"[^"\\]*")(?=,"operation":[n{])/

/**
 * The document with the time of the last complete sync where that saw the cluster later than anything else did. A sync
 * writes only the rows that changed, so what it has seen unchanged is told here. Inside a text of the document a quote
 * is escaped, so that only the real fields match.
 */
export function freshDocument(store: Store, row: Freshness): string | Promise<string> {
  const syncedTime = syncedTimeFor(store, row)
  if (syncedTime instanceof Promise) return syncedTime.then((time) => freshDocumentAt(row, time))
  return freshDocumentAt(row, syncedTime)
}

/** The same, for whoever knows when the connection was synced. */
export function freshDocumentAt(row: Freshness, syncedTime: number | null): string {
  const { document } = row
  const seenTime = seenBySync(row, syncedTime)
  if (seenTime === null) return document
  return document.replace(observation, `"observedTime":"${toRfc3339(seenTime)}","observedVia":"sync"`)
}

/**
 * A short text that differs wherever the document does. The time is in it as what a sync has seen is in no row; after a
 * backup is restored it also tells a change from one that was made before and is gone.
 */
export function markAt(row: Marked, syncedTime: number | null): string {
  const { id, version, revision, observedTime } = row
  return `${id}.${version}.${revision}.${seenBySync(row, syncedTime) ?? observedTime}`
}

/** When the cluster's connection was last synced, where that may tell something of it. */
export function syncedTimeFor(store: Store, row: Freshness): number | null | Promise<number | null> {
  return asksSync(row) ? syncedTimeOf(store, row.connectionId) : null
}

/** The time of the sync, if that saw the cluster later than anything else did. */
function seenBySync(row: Freshness, syncedTime: number | null): number | null {
  const { observedTime } = row
  if (syncedTime === null || observedTime === null || syncedTime <= observedTime) return null
  return asksSync(row) ? syncedTime : null
}

/** The same in SQL, for what is narrowed by it: when, and how, a list shows that a cluster was last observed. */
export function shownObservation({ clusters, connections }: Tables): { observedTime: SQL; observedVia: SQL } {
  const syncedTime = sql`(select ${connections.syncedTime} from ${connections} where ${connections.id} = ${clusters.connectionId})`
  const seenLater = seenBySyncOf({ clusters }, syncedTime)
  return {
    observedTime: sql`case when ${seenLater} then ${syncedTime} else ${clusters.observedTime} end`,
    observedVia: sql`case when ${seenLater} then 'sync' else ${clusters.observedVia} end`,
  }
}

/** `freshDocumentAt` in SQL, for rows joined with their connections. Quotes in a text are escaped: only the real fields match. */
export function shownDocument({ engine, tables: { clusters, connections } }: Session): SQL {
  const textOf = (time: SQL | SQLiteColumn) =>
    engine === 'postgres'
      ? sql`to_char(to_timestamp(${time} / 1000.0) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
      : sql`strftime('%Y-%m-%dT%H:%M:%fZ', ${time} / 1000.0, 'unixepoch')`
  const rest = sql`',"operation":' || case when ${clusters.operationStatus} is null then 'n' else '{' end`
  const observation = (time: SQL, via: SQL) =>
    sql`'"observedTime":"' || ${time} || '","observedVia":' || ${via} || ${rest}`
  const stored = observation(
    textOf(clusters.observedTime),
    sql`coalesce('"' || ${clusters.observedVia} || '"', 'null')`,
  )
  const shown = observation(textOf(connections.syncedTime), sql`'"sync"'`)
  const seenLater = seenBySyncOf({ clusters }, sql`${connections.syncedTime}`)
  // A time that cannot be written leaves the document as it is.
  return sql`coalesce(case when ${seenLater} then replace(${clusters.document}, ${stored}, ${shown}) end, ${clusters.document})`
}

/** Whether a sync saw a cluster later than anything else did. */
function seenBySyncOf({ clusters }: Pick<Tables, 'clusters'>, syncedTime: SQL): SQL {
  const texts = (values: ReadonlySet<string>) => sql.raw([...values].map((value) => `'${value}'`).join(', '))
  return sql`${clusters.absentSyncs} = 0 and ${clusters.state} not in (${texts(unseen)}) and coalesce(${clusters.operationStatus}, '') not in (${texts(open)}) and ${clusters.observedTime} < ${syncedTime}`
}

/** Whether a sync may have seen the cluster later than its document tells. */
function asksSync({ absentSyncs, state, operationStatus, observedTime }: Freshness): boolean {
  return absentSyncs === 0 && !unseen.has(state) && !open.has(operationStatus ?? '') && observedTime !== null
}

/** When each connection was last synced. */
export async function readSyncedTimes({
  db,
  tables: { connections },
}: Session): Promise<Map<string, number | null>> {
  const rows = await db.select({ id: connections.id, time: connections.syncedTime }).from(connections)
  return new Map(rows.map(({ id, time }) => [id, time]))
}

/** How long a connection's sync may go unnoticed that another process made. */
const rememberedMs = 1000

/** When the last complete sync of a connection began. Remembered, because every read asks and a join costs more than all the rest. */
function syncedTimeOf(store: Store, connectionId: string): number | null | Promise<number | null> {
  const known = store.syncedTimes.get(connectionId)
  const now = performance.now()
  if (known && now - known.readAt < rememberedMs) return known.time
  return readSyncedTime(store, connectionId, now)
}

async function readSyncedTime(
  { reader, syncedTimes }: Store,
  connectionId: string,
  readAt: number,
): Promise<number | null> {
  const { connections } = reader.tables
  const statement = reader.prepared('synced time', ({ db }) =>
    db
      .select({ time: connections.syncedTime })
      .from(connections)
      .where(eq(connections.id, sql.placeholder('id')))
      .prepare(),
  )
  const [row] = await statement.execute({ id: connectionId })
  const time = row?.time ?? null
  syncedTimes.set(connectionId, { time, readAt })
  return time
}

/** When each connection was last completely synced. There are few, and every list asks for them: they are recalled. */
export async function readSyncs(session: Session) {
  return session.recall('syncs', 'of all', () => readAllSyncs(session))
}

async function readAllSyncs(session: Session) {
  const select = compiledRead(session, 'syncs', ({ db, tables: { connections } }) => {
    const { name: connection, teams, lastSync, deleteTime } = connections
    const columns = { connection, teams, lastSync, deleteTime }
    return { columns, query: db.select(columns).from(connections) }
  })
  return select({})
}
