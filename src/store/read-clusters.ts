import { eq, sql } from 'drizzle-orm'
import type { Teams } from '../cluster/caller.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { type Condition, ofTeams } from '../cluster/filter/condition.ts'
import { toCluster } from './cluster-rows.ts'
import { compiledRead } from './compiled.ts'
import { freshDocument, freshnessColumns } from './freshness.ts'
import { type ClusterOrderBy, clusterListable } from './listing/cluster-listable.ts'
import { type Counted, countRows } from './listing/count-rows.ts'
import { readPage } from './listing/read-page.ts'
import { readPageToken, writePageToken } from './page-token.ts'
import { selectRow } from './statements.ts'
import type { Session, Store } from './store.ts'
import { countByCells } from './summarize-clusters.ts'

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
  return select({ id })[0]
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

export interface ClusterQuery {
  /** Only these teams' clusters. */
  visibleTeams: Teams
  /** Every one holds for each cluster of the list. */
  conditions: readonly Condition[]
  /** What the conditions were read from, which is what a page token belongs to: those of ages differ from one moment to the next. */
  asked: unknown
  orderBy: ClusterOrderBy
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
  const { pageToken, visibleTeams, asked, orderBy, descending, pageSize } = query
  const bound = { visibleTeams, asked, orderBy, descending }
  const { ids, next } = readPage(store.reader, clusterListable(store.reader), {
    conditions: conditionsOf(query),
    orderBy,
    descending,
    size: pageSize,
    after: pageToken === undefined ? undefined : readPageToken(store.tokenKey, bound, pageToken),
  })
  return {
    documents: await readDocuments(store, ids),
    nextPageToken: next && writePageToken(store.tokenKey, bound, next),
  }
}

async function readDocuments(store: Store, ids: readonly string[]): Promise<string[]> {
  const select = compiledRead(store.reader, 'listed cluster', ({ db, tables }) => {
    const columns = freshnessColumns(tables)
    const byId = eq(tables.clusters.id, sql.placeholder('id'))
    return { columns, query: db.select(columns).from(tables.clusters).where(byId) }
  })
  const documents: string[] = []
  for (const row of ids.flatMap((id) => select({ id }))) documents.push(await freshDocument(store, row))
  return documents
}

/** How many there are: from the kept counts where these can tell, else as far as the counting goes. */
export function countClusters(store: Store, query: ClusterQuery): Counted {
  const { reader } = store
  const conditions = conditionsOf(query)
  const kept = countByCells(reader, conditions)
  if (kept !== undefined) return { rows: kept, atLeast: false }
  return countRows(reader, clusterListable(reader), { conditions, orderBy: query.orderBy })
}

function conditionsOf({ visibleTeams, conditions }: ClusterQuery): Condition[] {
  return [...ofTeams(visibleTeams), ...conditions]
}
