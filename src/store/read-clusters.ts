import { and, asc, count, desc, eq, type SQL, sql } from 'drizzle-orm'
import type { Teams } from '../cluster/caller.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { toCluster } from './cluster-rows.ts'
import { compiledRead } from './compiled.ts'
import { freshDocument, freshnessColumns } from './freshness.ts'
import { inTeams } from './in-teams.ts'
import { readPageToken, writePageToken } from './page-token.ts'
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

export interface ClusterQuery {
  /** Only these teams' clusters. */
  visibleTeams: Teams
  where: Partial<Record<ClusterFilter, string>>
  labels: Record<string, string>
  orderBy: (typeof clusterOrders)[number]
  descending: boolean
  pageSize: number
  pageToken: string | undefined
}

export interface ListedPage {
  documents: string[]
  nextPageToken: string | null
}

/** One page by keyset: its cost does not grow with the table. */
export async function listClusters(store: Store, query: ClusterQuery): Promise<ListedPage> {
  const { db, tables } = store.reader
  const order = tables.clusters[query.orderBy]
  const { pageSize, pageToken, ...bound } = query
  const conditions = conditionsOf(tables, query)
  if (pageToken !== undefined) {
    const [value, id] = readPageToken(store.tokenKey, bound, pageToken)
    const beyond = query.descending ? sql`<` : sql`>`
    conditions.push(sql`(${order}, ${tables.clusters.id}) ${beyond} (${value}, ${id})`)
  }
  const direction = query.descending ? desc : asc
  const rows = await db
    .select({ id: tables.clusters.id, at: order, ...freshnessColumns(tables) })
    .from(tables.clusters)
    .where(and(...conditions))
    .orderBy(direction(order), direction(tables.clusters.id))
    .limit(pageSize + 1)
  const page = rows.slice(0, pageSize)
  const last = page.at(-1)
  const more = rows.length > pageSize && last !== undefined
  return {
    documents: await Promise.all(page.map((row) => freshDocument(store, row))),
    nextPageToken: more ? writePageToken(store.tokenKey, bound, [last.at, last.id]) : null,
  }
}

export async function countClusters(store: Store, query: ClusterQuery): Promise<number> {
  const { db, tables } = store.reader
  const [row] = await db
    .select({ total: count() })
    .from(tables.clusters)
    .where(and(...conditionsOf(tables, query)))
  return row?.total ?? 0
}

function conditionsOf(tables: Tables, query: ClusterQuery): (SQL | undefined)[] {
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
