import { ofTeams } from '../cluster/filter/condition.ts'
import type { Counted } from './listing/count-rows.ts'
import { everyPage } from './listing/every-page.ts'
import type { PastOrderBy } from './listing/version-listable.ts'
import { countPast, findPastRow, type PastWanted, readPastPage, renderPast } from './past-rows.ts'
import type { ClusterSelection, ListedPage } from './read-clusters.ts'
import type { Snapshot } from './snapshots.ts'
import type { Store } from './store.ts'

/** Which clusters as they were, and in which order. */
export interface PastSelection extends ClusterSelection {
  /** The instant, in epoch milliseconds. */
  at: number
  orderBy: PastOrderBy
}

export interface PastQuery extends PastSelection {
  pageSize: number
  pageToken: string | undefined
}

/** A cluster as it was at an instant; undefined where there was none yet. */
export async function findPastCluster(
  store: Store,
  id: string,
  at: number,
): Promise<{ team: string; document: string } | undefined> {
  const row = await findPastRow(store.reader, id, at)
  return row && { team: row.team, document: JSON.stringify(renderPast(row)) }
}

/** One page of clusters as they were. Its cost does not grow with the table, nor with how long ago it was. */
export async function listPastClusters(store: Store, query: PastQuery): Promise<ListedPage> {
  const { pageToken, visibleTeams, asked, orderBy, descending, pageSize, at } = query
  const bound = { at, visibleTeams, asked, orderBy, descending }
  const after = pageToken === undefined ? undefined : store.pageTokens.read(bound, pageToken)
  const { rows, next } = await readPastPage(store.reader, { ...wantedOf(query), size: pageSize, after })
  return {
    documents: rows.map((row) => JSON.stringify(renderPast(row))),
    nextPageToken: next && store.pageTokens.write(bound, next),
  }
}

/** Every cluster of a selection, so many at a time, from a snapshot: that keeps what retention would remove meanwhile. */
export function exportPastClusters(snapshot: Snapshot, selection: PastSelection): AsyncGenerator<string[]> {
  const wanted = wantedOf(selection)
  return everyPage(snapshot, async (session, step) => {
    const { rows, next } = await readPastPage(session, { ...wanted, ...step })
    return { page: rows.map((row) => JSON.stringify(renderPast(row))), next }
  })
}

/** How many there were, as far as the counting goes. */
export function countPastClusters(store: Store, selection: PastSelection): Promise<Counted> {
  return countPast(store.reader, wantedOf(selection))
}

function wantedOf({ visibleTeams, conditions, at, orderBy, descending }: PastSelection): PastWanted {
  return { at, conditions: [...ofTeams(visibleTeams), ...conditions], orderBy, descending }
}
