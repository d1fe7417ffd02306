import { everyTeam } from '../cluster/actor.ts'
import type { Teams } from '../cluster/caller.ts'
import { type Condition, ofTeams } from '../cluster/filter/condition.ts'
import { type Change, changesBetween, type Json } from '../cluster/json.ts'
import { type Acts, readActs } from './cluster-acts.ts'
import type { Counted } from './listing/count-rows.ts'
import { everyPage } from './listing/every-page.ts'
import type { Position } from './listing/read-page.ts'
import {
  countPast,
  findPastRow,
  type PastRow,
  type PastWanted,
  readPastPage,
  renderPast,
} from './past-rows.ts'
import type { Snapshot } from './snapshots.ts'
import type { Session, Store } from './store.ts'

/** What became of a cluster between two instants: it came, it went, or it is another than it was. */
export const diffChanges = ['CREATED', 'DELETED', 'CHANGED'] as const

export interface ClusterDiff extends Acts {
  change: (typeof diffChanges)[number]
  /** At the later instant. */
  cluster: ReturnType<typeof renderPast>
  /** The fields in which it differs from what it was at the earlier one; none where it was not there. */
  changes: Change[]
}

export interface DiffSelection {
  from: number
  to: number
  visibleTeams: Teams
  /** Every one holds at the later instant. */
  conditions: readonly Condition[]
}

/** What a page token of a difference belongs to. */
export interface DiffBound {
  visibleTeams: Teams
  asked: unknown
}

/** Where a page begins, and between which instants: a token holds what was left out of its query. */
export interface DiffStart {
  from: number
  to: number
  after: Position
}

export function readDiffToken(store: Store, bound: DiffBound, token: string): DiffStart {
  const [from, to, ...after] = store.pageTokens.read(bound, token)
  return { from: Number(from), to: Number(to), after }
}

export interface DiffPage {
  diffs: ClusterDiff[]
  nextPageToken: string | null
}

/** One page of the clusters that are another at the later instant than at the earlier one, those that changed last first. */
export async function listDiff(
  store: Store,
  selection: DiffSelection,
  { bound, size, after }: { bound: DiffBound; size: number; after: Position | undefined },
): Promise<DiffPage> {
  const { diffs, next } = await readDiffs(store.reader, selection, size, after)
  const { from, to } = selection
  return { diffs, nextPageToken: next && store.pageTokens.write(bound, [from, to, ...next]) }
}

export function exportDiff(snapshot: Snapshot, selection: DiffSelection): AsyncGenerator<ClusterDiff[]> {
  return everyPage(snapshot, async (session, { size, after }) => {
    const { diffs, next } = await readDiffs(session, selection, size, after)
    return { page: diffs, next }
  })
}

export function countDiff(store: Store, selection: DiffSelection): Promise<Counted> {
  return countPast(store.reader, wantedOf(selection))
}

async function readDiffs(
  session: Session,
  selection: DiffSelection,
  size: number,
  after: Position | undefined,
) {
  const { rows, next } = await readPastPage(session, { ...wantedOf(selection), size, after })
  const diffs: ClusterDiff[] = []
  for (const row of rows) diffs.push(await diffOf(session, selection, row))
  return { diffs, next }
}

/** Clusters never leave the table: whatever changed is among those whose version at the later instant began after the earlier one. */
function wantedOf({ from, to, visibleTeams, conditions }: DiffSelection): PastWanted {
  const changed: Condition = {
    kind: 'test',
    field: 'updateTime',
    test: { is: 'compared', operator: '>', value: from },
  }
  const all = [...ofTeams(visibleTeams), ...conditions, changed]
  return { at: to, conditions: all, orderBy: 'updateTime', descending: true }
}

async function diffOf(
  session: Session,
  { from, to, visibleTeams }: DiffSelection,
  last: PastRow,
): Promise<ClusterDiff> {
  const sees = (team: string) => visibleTeams === everyTeam || visibleTeams.includes(team)
  const first = await findPastRow(session, last.id, from)
  const before = first && sees(first.team) ? first : undefined
  const gone = last.state === 'DELETED' && before?.state !== 'DELETED'
  return {
    change: gone ? 'DELETED' : before ? 'CHANGED' : 'CREATED',
    cluster: renderPast(last),
    changes: before ? changesBetween(compared(before), compared(last)) : [],
    ...(await readActs(session, { last, from, to, sees })),
  }
}

/** All but what follows from there having been a change. */
function compared(row: PastRow): Json {
  const { etag, updateTime, ...rest } = renderPast(row)
  // An interface has no index, but what is rendered is JSON.
  return rest as unknown as Json
}
