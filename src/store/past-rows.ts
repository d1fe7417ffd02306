import { and, asc, eq, getTableColumns, gt, sql } from 'drizzle-orm'
import { renderCluster } from '../cluster/document.ts'
import type { Condition, FieldTest } from '../cluster/filter/condition.ts'
import type { ClusterRow } from './cluster-rows.ts'
import type { VersionRow } from './cluster-versions.ts'
import { compiledRead } from './compiled.ts'
import { clusterListable } from './listing/cluster-listable.ts'
import { type Counted, countRows } from './listing/count-rows.ts'
import { type Limits, usualLimits } from './listing/listable.ts'
import { type Position, readPage } from './listing/read-page.ts'
import { type PastOrderBy, versionListable } from './listing/version-listable.ts'
import { toOperation } from './operation-columns.ts'
import { fixedLimit, selectByIds } from './statements.ts'
import type { Session } from './store.ts'

/** A cluster as it was, or still is: what is kept of every version. */
export type PastRow = Omit<VersionRow, 'key' | 'validUntil' | 'endedBy'>

export interface PastWanted {
  /** The instant, in epoch milliseconds: every change counts that was made until then. */
  at: number
  conditions: readonly Condition[]
  orderBy: PastOrderBy
  descending: boolean
}

interface Found {
  row: PastRow
  keys: Position
}

export interface PastPage {
  rows: PastRow[]
  next: Position | null
}

/**
 * Clusters as they were at an instant, by keyset: the rows that have not changed since, and the versions that held then,
 * each read in bounded steps by indexes of their own and merged. As rows are read first, a cluster that changes in
 * between is in both, never in neither.
 */
export async function readPastPage(
  session: Session,
  wanted: PastWanted & { size: number; after: Position | undefined },
  limits: Limits = usualLimits,
): Promise<PastPage> {
  const streams = [await readUnchanged(session, wanted, limits), await readFormer(session, wanted, limits)]
  const compare = inOrder(wanted.descending)
  // As far as the one that got least far is all known.
  const [end] = streams.flatMap(({ next }) => (next ? [next] : [])).sort(compare)
  const found = merge(streams.flatMap((stream) => stream.found)).sort((a, b) => compare(a.keys, b.keys))
  const sure = end ? found.filter(({ keys }) => compare(keys, end) <= 0) : found
  const page = sure.slice(0, wanted.size)
  const more = sure.length > page.length ? page.at(-1)?.keys : end
  return { rows: page.map(({ row }) => row), next: more ?? null }
}

/** Each cluster once, as it was found first. */
function merge(found: readonly Found[]): Found[] {
  const byId = new Map<string, Found>()
  for (const each of found) if (!byId.has(each.row.id)) byId.set(each.row.id, each)
  return [...byId.values()]
}

/** Reads all of it for those to whom the order is nothing, some hundreds at a time: one of the two after the other. */
export async function* readAllPast(
  session: Session,
  wanted: PastWanted,
  size: number,
): AsyncGenerator<PastRow[]> {
  const known = new Set<string>()
  for (const read of [readUnchanged, readFormer]) {
    let after: Position | undefined
    do {
      const { found, next } = await read(session, { ...wanted, size, after }, usualLimits)
      const rows = found.map(({ row }) => row).filter(({ id }) => !known.has(id))
      for (const { id } of rows) known.add(id)
      yield rows
      after = next ?? undefined
    } while (after)
  }
}

/** A version is larger than what a list of the present looks at, and there are two tables to look at. */
const countLimits: Limits = { ...usualLimits, sifted: 8000 }

/** How many there are, as far as each of the two is counted. */
export async function countPast(session: Session, wanted: PastWanted): Promise<Counted> {
  const { orderBy } = wanted
  const rows = { ...clusterListable(session), limits: countLimits }
  const unchanged = await countRows(session, rows, { conditions: unchangedSince(wanted), orderBy })
  const versions = { ...versionListable(session), limits: countLimits }
  const former = await countRows(session, versions, { conditions: formerAt(wanted), orderBy })
  return { rows: unchanged.rows + former.rows, atLeast: unchanged.atLeast || former.atLeast }
}

/** One cluster as it was; undefined where there was none yet. */
export async function findPastRow(session: Session, id: string, at: number): Promise<PastRow | undefined> {
  const [row] = await clustersOf(session, [id])
  if (!row || row.updateTime <= at) return row
  const select = compiledRead(session, 'version at an instant', ({ db, tables: { clusterVersions: t } }) => {
    const ofCluster = eq(t.id, sql.placeholder('id'))
    const endsLater = gt(t.validUntil, sql.placeholder('at'))
    const query = db.select().from(t).where(and(ofCluster, endsLater))
    const first = query.orderBy(asc(t.validUntil), asc(t.version)).limit(fixedLimit(1))
    return { columns: getTableColumns(t), query: first }
  })
  const [version] = await select({ id, at })
  return version && version.updateTime <= at ? version : undefined
}

/** The API's document of a cluster as it was. When it was observed, and when it was to be tried again, is not kept. */
export function renderPast(row: PastRow) {
  const operation = toOperation({ ...row, operationNextAttemptTime: null })
  return renderCluster({ ...row, operation, observedTime: null, observedVia: null })
}

interface Stream {
  found: Found[]
  next: Position | null
}

type Wanted = Parameters<typeof readPastPage>[1]

async function readUnchanged(session: Session, wanted: Wanted, limits: Limits): Promise<Stream> {
  // Behind a row lies all that its cluster was, in either direction: it must not turn up again if it changes meanwhile.
  const keyOf = (id: string) => (wanted.descending ? id : `${id}/~`)
  const asked = { ...wanted, conditions: unchangedSince(wanted) }
  const listable = { ...clusterListable(session), limits }
  const page = await readPage(session, listable, asked, clustersShown(session))
  const rows = page.rows.filter((row) => row.updateTime <= wanted.at)
  return {
    found: rows.map((row) => ({ row, keys: keysOf(wanted.orderBy, row, keyOf(row.id)) })),
    next: page.next && [...page.next.slice(0, -1), keyOf(String(page.next.at(-1)))],
  }
}

async function readFormer(session: Session, wanted: Wanted, limits: Limits): Promise<Stream> {
  const asked = { ...wanted, conditions: formerAt(wanted) }
  const shown = { name: 'cluster version', columns: getTableColumns(session.tables.clusterVersions) }
  const { rows, next } = await readPage(session, { ...versionListable(session), limits }, asked, shown)
  return { found: rows.map((row) => ({ row, keys: keysOf(wanted.orderBy, row, row.key) })), next }
}

function clustersOf(session: Session, ids: readonly string[]): Promise<ClusterRow[]> {
  const { clusters: t } = session.tables
  const { name, columns } = clustersShown(session)
  return selectByIds(session, name, t, t.id, columns, ids)
}

function clustersShown({ tables }: Session) {
  return { name: 'cluster as it is', columns: getTableColumns(tables.clusters) }
}

function unchangedSince({ conditions, at, orderBy }: PastWanted): Condition[] {
  return [...conditions, ...begun(at, orderBy)]
}

function formerAt({ conditions, at, orderBy }: PastWanted): Condition[] {
  return [...conditions, ...begun(at, orderBy), compared('validUntil', '>', at)]
}

function begun(at: number, orderBy: PastOrderBy): Condition[] {
  const changed = compared('updateTime', '<=', at)
  // Nothing is known of a cluster before it was made: where the list is in that order, it begins there.
  return orderBy === 'createTime' ? [changed, compared('createTime', '<=', at)] : [changed]
}

function compared(field: string, operator: '<=' | '>', value: number): FieldTest {
  return { kind: 'test', field, test: { is: 'compared', operator, value } }
}

/** The position of a row in an order, as `readPage` tells it; none of these orders has nulls, and so each has one part. */
function keysOf(orderBy: PastOrderBy, row: PastRow, key: string): Position {
  return orderBy === 'team' ? [0, row.team, row.createTime, key] : [0, row[orderBy], key]
}

function inOrder(descending: boolean) {
  return (a: Position, b: Position): number => {
    const at = a.findIndex((value, i) => compareValues(value, b[i] ?? null) !== 0)
    const order = at < 0 ? 0 : compareValues(a[at] ?? null, b[at] ?? null)
    return descending && at > 0 ? -order : order
  }
}

type Value = Position[number]

/** As the engine does: texts by their bytes. */
function compareValues(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return Number(a) - Number(b)
}
