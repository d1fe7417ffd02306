import { hash } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { everyTeam } from '../cluster/actor.ts'
import type { Teams } from '../cluster/caller.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { type Condition, ofTeams } from '../cluster/filter/condition.ts'
import { toCluster } from './cluster-rows.ts'
import { compiledRead } from './compiled.ts'
import {
  freshDocument,
  freshDocumentAt,
  freshnessColumns,
  markAt,
  markedColumns,
  readSyncedTimes,
  shownDocument,
  syncedTimeFor,
} from './freshness.ts'
import { type Lined, type Lines, readLines } from './lines.ts'
import { type ClusterOrderBy, clusterListable } from './listing/cluster-listable.ts'
import { type Counted, countRows } from './listing/count-rows.ts'
import { everyPage, type Step } from './listing/every-page.ts'
import type { Wanted } from './listing/plan.ts'
import { type PageWanted, readPage, readPageIds, type Shown } from './listing/read-page.ts'
import type { Snapshot } from './snapshots.ts'
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
export function findClusterDocument(
  store: Store,
  id: string,
): StoredCluster | undefined | Promise<StoredCluster | undefined> {
  const row = store.reader.recall('cluster document', id, () => readDocument(store.reader, id))
  if (row instanceof Promise) return row.then((found) => found && withDocument(store, found))
  return row && withDocument(store, row)
}

function withDocument(store: Store, row: DocumentRow): StoredCluster | Promise<StoredCluster> {
  const { team, version } = row
  const document = freshDocument(store, row)
  if (document instanceof Promise) return document.then((text) => ({ team, version, document: text }))
  return { team, version, document }
}

type DocumentRow = NonNullable<Awaited<ReturnType<typeof readDocument>>>

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

/** Which clusters, and in which order. */
export interface ClusterSelection {
  /** Only these teams' clusters. */
  visibleTeams: Teams
  /** Every one holds for each cluster of the list. */
  conditions: readonly Condition[]
  /** What the conditions were read from, which is what a page token belongs to: those of ages differ from one moment to the next. */
  asked: unknown
  orderBy: ClusterOrderBy
  descending: boolean
}

export interface ClusterQuery extends ClusterSelection {
  pageSize: number
  pageToken: string | undefined
}

export interface ListedPage {
  documents: string[]
  /** Of each document a short text that differs wherever the document does, where there is one. */
  marks?: string[]
  nextPageToken: string | null
}

/** One page by keyset: its cost does not grow with the table. */
export async function listClusters(store: Store, query: ClusterQuery): Promise<ListedPage> {
  const { pageToken, visibleTeams, asked, orderBy, descending, pageSize } = query
  const bound = { visibleTeams, asked, orderBy, descending }
  const after = pageToken === undefined ? undefined : store.pageTokens.read(bound, pageToken)
  const shown = { name: 'listed cluster', columns: markedColumns(store.reader.tables) }
  const { rows, next } = await readRows(store.reader, query, shown, { size: pageSize, after })
  const documents: string[] = []
  const marks: string[] = []
  for (const row of rows) {
    const known = syncedTimeFor(store, row)
    const syncedTime = known instanceof Promise ? await known : known
    documents.push(freshDocumentAt(row, syncedTime))
    marks.push(markAt(row, syncedTime))
  }
  return { documents, marks, nextPageToken: next && store.pageTokens.write(bound, next) }
}

/** Every cluster of a snapshot that a query asks for, as lines, so many at a time. */
export function exportClusterLines(snapshot: Snapshot, selection: ClusterSelection): AsyncGenerator<Lines> {
  return everyPage(snapshot, async (session, step) => {
    const { rows: ids, next } = await readPageIds(
      session,
      clusterListable(session),
      wantedOf(selection, step),
    )
    return { page: await readLines(session, linedClusters(session), ids), next }
  })
}

function linedClusters(session: Session): Lined {
  const { clusters, connections } = session.tables
  return {
    name: 'clusters',
    table: clusters,
    key: clusters.id,
    document: shownDocument(session),
    joined: sql`left join ${connections} on ${connections.id} = ${clusters.connectionId}`,
  }
}

/** The same as documents, for who changes them. */
export async function* exportClusters(
  snapshot: Snapshot,
  selection: ClusterSelection,
): AsyncGenerator<string[]> {
  const syncedTimes = await snapshot.read(readSyncedTimes)
  yield* everyPage(snapshot, async (session, step) => {
    const shown = { name: 'exported cluster', columns: freshnessColumns(session.tables) }
    const { rows, next } = await readRows(session, selection, shown, step)
    const page = rows.map((row) => freshDocumentAt(row, syncedTimes.get(row.connectionId) ?? null))
    return { page, next }
  })
}

function readRows<F extends Record<string, SQLiteColumn>>(
  session: Session,
  selection: ClusterSelection,
  shown: Shown<F>,
  step: Step,
) {
  return readPage(session, clusterListable(session), wantedOf(selection, step), shown)
}

function wantedOf(selection: ClusterSelection, step: Step): PageWanted<ClusterOrderBy> {
  const { orderBy, descending } = selection
  return { conditions: conditionsOf(selection), orderBy, descending, ...step }
}

/**
 * How many there are: from the kept counts where these can tell, else as far as the counting goes. Each page of a list
 * may ask for it: it is recalled.
 */
export async function countClusters({ reader }: Store, query: ClusterSelection): Promise<Counted> {
  const conditions = conditionsOf(query)
  // A team's clusters are together in the order of creation, and not in all others.
  const orderBy = query.visibleTeams === everyTeam ? query.orderBy : 'createTime'
  const name = hash('sha256', JSON.stringify([orderBy, conditions]))
  return reader.recall('count', name, () => count(reader, { conditions, orderBy }))
}

async function count(session: Session, wanted: Wanted<ClusterOrderBy>): Promise<Counted> {
  const kept = await countByCells(session, wanted.conditions)
  if (kept !== undefined) return { rows: kept, atLeast: false }
  return countRows(session, clusterListable(session), wanted)
}

function conditionsOf({ visibleTeams, conditions }: ClusterSelection): Condition[] {
  return [...ofTeams(visibleTeams), ...conditions]
}
