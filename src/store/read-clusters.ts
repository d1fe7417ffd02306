import { and, asc, count, desc, eq, type SQL, sql } from 'drizzle-orm'
import type { Teams } from '../cluster/caller.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { toCluster } from './cluster-rows.ts'
import { compiledRead } from './compiled.ts'
import { freshDocument, freshDocumentAt, freshnessColumns, readSyncedTimes } from './freshness.ts'
import { inTeams } from './in-teams.ts'
import { readPageToken, writePageToken } from './page-token.ts'
import type { Snapshot } from './snapshots.ts'
import { selectRow } from './statements.ts'
import type { Session, Store, Tables } from './store.ts'

/** A cluster as stored: what decides who may see it, and how it is shown. */
export interface StoredCluster {
  team: string
  version: number
  document: string
}

/** The hot read: a stored document, which whoever waits for a change asks for again and again. */
export async function findClusterDocument(store: Store, id: string): Promise<StoredCluster | undefined> {
  const row = await store.reader.recall(id, () => readDocument(store.reader, id))
  return row && { team: row.team, version: row.version, document: await freshDocument(store, row) }
}

async function readDocument(session: Session, id: string) {
  const select = compiledRead(session, 'cluster document', ({ db, tables }) => {
    const { clusters } = tables
    const columns = { team: clusters.team, version: clusters.version, ...freshnessColumns(tables) }
    const byId = eq(clusters.id, sql.placeholder('id'))
    return { columns, query: db.select(columns).from(clusters).where(byId) }
  })
  const [row] = await select({ id })
  return row
}

export async function findCluster(store: Store, id: string): Promise<Cluster | undefined> {
  const row = await selectRow(store.reader, 'cluster', store.reader.tables.clusters, id)
  return row && toCluster(row)
}

/** How to reach the data plane, as the reconciler last learned it. */
export async function findAccess(store: Store, id: string) {
  const row = await selectRow(store.reader, 'cluster', store.reader.tables.clusters, id)
  return row?.access ?? null
}

/** Columns that a list can be narrowed by, each with its index. */
export const clusterFilters = [
  'team',
  'provider',
  'connection',
  'region',
  'state',
  'management',
  'name',
  'externalId',
] as const
export type ClusterFilter = (typeof clusterFilters)[number]

export const clusterOrders = ['createTime', 'updateTime', 'name'] as const

/** Which clusters, and in which order. */
export interface ClusterSelection {
  /** Only these teams' clusters. */
  visibleTeams: Teams
  where: Partial<Record<ClusterFilter, string>>
  labels: Record<string, string>
  orderBy: (typeof clusterOrders)[number]
  descending: boolean
}

export interface ClusterQuery extends ClusterSelection {
  pageSize: number
  pageToken: string | undefined
}

/** Where in a list a cluster is, as the columns that it is ordered by. */
type Position = (string | number | null)[]

export interface ListedPage {
  documents: string[]
  nextPageToken: string | null
}

/** One page by keyset: its cost does not grow with the table. */
export async function listClusters(store: Store, query: ClusterQuery): Promise<ListedPage> {
  const { pageSize, pageToken, ...bound } = query
  const after = pageToken === undefined ? null : readPageToken(store.tokenKey, bound, pageToken)
  const rows = await readRows(store.reader, query, after, pageSize + 1)
  const page = rows.slice(0, pageSize)
  const last = page.at(-1)
  const more = rows.length > pageSize && last !== undefined
  return {
    documents: await Promise.all(page.map((row) => freshDocument(store, row))),
    nextPageToken: more ? writePageToken(store.tokenKey, bound, [last.at, last.id]) : null,
  }
}

const exportedAtOnce = 500

/** Every cluster of a snapshot that a query asks for, some hundreds at a time. */
export async function* exportClusters(
  snapshot: Snapshot,
  selection: ClusterSelection,
): AsyncGenerator<string[]> {
  const syncedTimes = await snapshot.read(readSyncedTimes)
  let after: Position | null = null
  for (;;) {
    const rows = await snapshot.read((session) => readRows(session, selection, after, exportedAtOnce))
    if (rows.length > 0) {
      yield rows.map((row) => freshDocumentAt(row, syncedTimes.get(row.connectionId) ?? null))
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < exportedAtOnce) return
    after = [last.at, last.id]
  }
}

async function readRows(
  { db, tables }: Session,
  selection: ClusterSelection,
  after: Position | null,
  limit: number,
) {
  const order = tables.clusters[selection.orderBy]
  const conditions = conditionsOf(tables, selection)
  if (after !== null) {
    const beyond = selection.descending ? sql`<` : sql`>`
    conditions.push(sql`(${order}, ${tables.clusters.id}) ${beyond} (${after[0]}, ${after[1]})`)
  }
  const direction = selection.descending ? desc : asc
  return db
    .select({ id: tables.clusters.id, at: order, ...freshnessColumns(tables) })
    .from(tables.clusters)
    .where(and(...conditions))
    .orderBy(direction(order), direction(tables.clusters.id))
    .limit(limit)
}

export async function countClusters(store: Store, query: ClusterSelection): Promise<number> {
  const { db, tables } = store.reader
  const [row] = await db
    .select({ total: count() })
    .from(tables.clusters)
    .where(and(...conditionsOf(tables, query)))
  return row?.total ?? 0
}

function conditionsOf(tables: Tables, query: ClusterSelection): (SQL | undefined)[] {
  const { clusters, clusterLabels } = tables
  const conditions: (SQL | undefined)[] = [inTeams(clusters.team, query.visibleTeams)]
  for (const filter of clusterFilters) {
    const value = query.where[filter]
    if (value !== undefined) conditions.push(eq(clusters[filter], value as never))
  }
  for (const [key, value] of Object.entries(query.labels)) {
    conditions.push(
      sql`exists (select 1 from ${clusterLabels} where ${and(
        eq(clusterLabels.key, key),
        eq(clusterLabels.value, value),
        sql`${clusterLabels.clusterId} = ${clusters.id}`,
      )})`,
    )
  }
  return conditions
}
