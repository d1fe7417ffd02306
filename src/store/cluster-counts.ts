import { and, eq, getTableColumns, lte, sql } from 'drizzle-orm'
import type { ClusterRow } from './cluster-rows.ts'
import { compiledWrite } from './compiled.ts'
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

/** Moves a row that is written from the cells that it was counted in to those that it belongs in. */
export function recount(session: Session, before: ClusterRow | null, after: ClusterRow): void {
  if (before && countedIn.every((field) => before[field] === after[field])) return
  const old = before ? cellsOf(before) : new Map<string, Cell>()
  const now = cellsOf(after)
  for (const [key, cell] of old) if (!now.has(key)) take(session, cell)
  for (const [key, cell] of now) if (!old.has(key)) add(session, cell)
}

function cellsOf(row: ClusterRow): Map<string, Cell> {
  const values: Record<CountedDimension, string> = {
    team: row.team,
    provider: row.provider,
    connection: row.connection,
    region: row.region ?? '',
    plan: row.plan ?? '',
    state: row.state,
    management: row.management,
    creator: row.creatorId,
    month: new Date(row.createTime).toISOString().slice(0, 7),
  }
  const cells = new Map<string, Cell>()
  for (const { name, dimensions, label } of cubes) {
    const cell = { ...nowhere, cube: name }
    for (const dimension of dimensions) cell[dimension] = values[dimension]
    const key = Object.values(cell).join('\0')
    if (!label) cells.set(key, cell)
    else
      for (const [labelKey, labelValue] of Object.entries(row.labels)) {
        cells.set([key, labelKey, labelValue].join('\0'), { ...cell, labelKey, labelValue })
      }
  }
  return cells
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

function add(session: Session, cell: Cell): void {
  const write = compiledWrite(session, 'count a cluster', ({ db, tables: { clusterCounts: t } }) => {
    const keys = keysOf(t)
    const values = Object.fromEntries(keys.map((key) => [key, sql.placeholder(key)]))
    return db
      .insert(t)
      .values({ ...values, count: 1 } as never)
      .onConflictDoUpdate({ target: keys.map((key) => t[key]), set: { count: sql`${t.count} + 1` } })
  })
  write(cell)
}

function take(session: Session, cell: Cell): void {
  const lessen = compiledWrite(session, 'count a cluster no more', ({ db, tables: { clusterCounts: t } }) =>
    db
      .update(t)
      .set({ count: sql`${t.count} - 1` })
      .where(here(t)),
  )
  const clear = compiledWrite(session, 'clear an empty count', ({ db, tables: { clusterCounts: t } }) =>
    db.delete(t).where(and(here(t), lte(t.count, 0))),
  )
  lessen(cell)
  clear(cell)
}

/** One cell, found by all of its keys. */
function here(table: Tables['clusterCounts']) {
  return and(...keysOf(table).map((key) => eq(table[key], sql.placeholder(key))))
}

function keysOf(table: Tables['clusterCounts']): (keyof Cell)[] {
  return Object.keys(getTableColumns(table)).filter((name) => name !== 'count') as (keyof Cell)[]
}
