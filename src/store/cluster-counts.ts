import { and, eq, getTableColumns, lte, sql } from 'drizzle-orm'
import type { ClusterRow } from './cluster-rows.ts'
import { compiledWrite } from './compiled.ts'
import type { Pause } from './late-writes.ts'
import type { Session, Tables } from './store.ts'

type CountRow = Tables['clusterCounts']['$inferSelect']
type Cell = Omit<CountRow, 'count'>

/** What clusters are counted by, beside the keys of their labels. */
export const countedDimensions = [
  'team',
  'provider',
  'connection',
  'region',
  'plan',
  'state',
  'management',
  'creator',
  'month',
] as const
export type CountedDimension = (typeof countedDimensions)[number]

const base: readonly CountedDimension[] = [
  'team',
  'provider',
  'connection',
  'region',
  'plan',
  'state',
  'management',
]

/**
 * What is counted together, the smallest first. All dimensions at once would make nearly every cluster a cell of its
 * own; these few answer any two dimensions, narrowed by the others of the cube.
 */
export const cubes = [
  { name: 'base', dimensions: base, label: false },
  { name: 'creator-month', dimensions: ['team', 'creator', 'month'], label: false },
  { name: 'creator', dimensions: [...base, 'creator'], label: false },
  { name: 'month', dimensions: [...base, 'month'], label: false },
  { name: 'label-creator-month', dimensions: ['team', 'creator', 'month'], label: true },
  { name: 'label', dimensions: base, label: true },
] as const satisfies readonly { name: string; dimensions: readonly CountedDimension[]; label: boolean }[]

const countedIn = [
  'team',
  'provider',
  'connection',
  'region',
  'plan',
  'state',
  'management',
  'creatorId',
  'createTime',
  'labels',
] as const

/** A cluster that is counted from now on, or is no more. */
interface Move {
  row: ClusterRow
  by: 1 | -1
}

/** Moves a row that is written from the cells that it was counted in to those that it belongs in, by the end of the transaction. */
export function recount(session: Session, before: ClusterRow | null, after: ClusterRow): void {
  if (before && countedIn.every((field) => before[field] === after[field])) return
  const writeAll = session.prepared(
    'move counts',
    () => (moves: Move[], pause: Pause) => writeMoves(session, moves, pause),
  )
  if (before) session.late.add(writeAll, { row: before, by: -1 })
  session.late.add(writeAll, { row: after, by: 1 })
}

/** Clusters that are made together are often alike, and every cell is written once. */
async function writeMoves(session: Session, moves: readonly Move[], pause: Pause): Promise<void> {
  const kinds = new Sums<Kind>()
  for (const { row, by } of moves) kinds.add(kindOf(row), by)
  const cells = new Sums<Cell>()
  for (const [kind, by] of kinds) for (const cell of cellsOf(kind)) cells.add(cell, by)
  for (const [cell, by] of cells) {
    if (by > 0) await addTo(session)({ ...cell, by })
    else {
      await takeFrom(session)({ ...cell, by })
      await clear(session)({ ...cell })
    }
    await pause()
  }
}

/** How often each of several things is there, told apart by what they hold; what comes to nothing is left out. */
class Sums<T extends object> {
  readonly #sums = new Map<string, { thing: T; sum: number }>()

  add(thing: T, by: number): void {
    const key = Object.values(thing).join('\0')
    const known = this.#sums.get(key)
    if (known) known.sum += by
    else this.#sums.set(key, { thing, sum: by })
  }

  *[Symbol.iterator](): Generator<[T, number]> {
    for (const { thing, sum } of this.#sums.values()) if (sum !== 0) yield [thing, sum]
  }
}

/** All of a cluster that it is counted by. */
type Kind = Record<CountedDimension, string> & { labels: string }

function kindOf(row: ClusterRow): Kind {
  return {
    team: row.team,
    provider: row.provider,
    connection: row.connection,
    region: row.region ?? '',
    plan: row.plan ?? '',
    state: row.state,
    management: row.management,
    creator: row.creatorId,
    month: new Date(row.createTime).toISOString().slice(0, 7),
    labels: JSON.stringify(row.labels),
  }
}

function cellsOf(kind: Kind): Cell[] {
  const labels = Object.entries(JSON.parse(kind.labels) as Record<string, string>)
  return cubes.flatMap(({ name, dimensions, label }) => {
    const cell = { ...nowhere, cube: name }
    for (const dimension of dimensions) cell[dimension] = kind[dimension]
    return label ? labels.map(([labelKey, labelValue]) => ({ ...cell, labelKey, labelValue })) : [cell]
  })
}

const nowhere: Cell = {
  cube: '',
  labelKey: '',
  team: '',
  labelValue: '',
  provider: '',
  connection: '',
  region: '',
  plan: '',
  state: '',
  management: '',
  creator: '',
  month: '',
}

function addTo(session: Session) {
  return compiledWrite(session, 'count clusters', ({ db, tables: { clusterCounts: t } }) => {
    const keys = keysOf(t)
    const values = Object.fromEntries(keys.map((key) => [key, sql.placeholder(key)]))
    return db
      .insert(t)
      .values({ ...values, count: sql.placeholder('by') } as never)
      .onConflictDoUpdate({
        target: keys.map((key) => t[key]),
        set: { count: sql`${t.count} + excluded.count` },
      })
  })
}

function takeFrom(session: Session) {
  return compiledWrite(session, 'count clusters no more', ({ db, tables: { clusterCounts: t } }) =>
    db
      .update(t)
      .set({ count: sql`${t.count} + ${sql.placeholder('by')}` })
      .where(here(t)),
  )
}

function clear(session: Session) {
  return compiledWrite(session, 'clear an empty count', ({ db, tables: { clusterCounts: t } }) =>
    db.delete(t).where(and(here(t), lte(t.count, 0))),
  )
}

/** One cell, found by all of its keys. */
function here(table: Tables['clusterCounts']) {
  return and(...keysOf(table).map((key) => eq(table[key], sql.placeholder(key))))
}

function keysOf(table: Tables['clusterCounts']): (keyof Cell)[] {
  return Object.keys(getTableColumns(table)).filter((name) => name !== 'count') as (keyof Cell)[]
}
