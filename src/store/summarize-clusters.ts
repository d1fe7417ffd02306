import { and, desc, eq, type SQL, sql } from 'drizzle-orm'
import type { Teams } from '../cluster/caller.ts'
import { type Condition, ofTeams } from '../cluster/filter/condition.ts'
import { type CountedDimension, cubes } from './cluster-counts.ts'
import { compile, type FieldColumns } from './filter/compile.ts'
import { all, fixed, listed } from './listing/sql.ts'
import type { Session, Tables } from './store.ts'

/** A dimension of a summary: one of the fixed ones, or the values of a label. */
export type Dimension = { name: CountedDimension } | { label: string }

export interface SummaryQuery {
  visibleTeams: Teams
  conditions: readonly Condition[]
  groupBy: readonly Dimension[]
}

export interface Summary {
  /** The largest groups first. */
  groups: { values: (string | null)[]; count: number }[]
  /** Clusters in all groups, told or not. */
  totalSize: number
}

/** Groups that a summary tells. */
export const mostGroups = 1000

const dimensionOf: Readonly<Record<string, CountedDimension>> = {
  team: 'team',
  provider: 'provider',
  connection: 'connection',
  region: 'region',
  state: 'state',
  management: 'management',
  'spec.plan': 'plan',
  'createdBy.id': 'creator',
}

/** Fields that a summary can be narrowed by, beside labels. */
export const summaryFields = Object.keys(dimensionOf)

/** Counts clusters by group, from the counts that are kept. Undefined where no cube tells all that is asked. */
export async function summarizeClusters(session: Session, query: SummaryQuery): Promise<Summary | undefined> {
  const { visibleTeams, groupBy } = query
  const conditions = [...ofTeams(visibleTeams), ...query.conditions]
  const groups = await groupsOf(session, groupBy, conditions)
  const totalSize = await countByCells(session, conditions)
  if (!groups || totalSize === undefined) return undefined
  const without = await unlabelled(session, groupBy, conditions)
  const told = [...groups, ...without].toSorted((a, b) => b.count - a.count).slice(0, mostGroups)
  return { groups: told, totalSize }
}

/** The number of clusters that the conditions hold for; undefined where no cube tells. */
export async function countByCells(
  session: Session,
  conditions: readonly Condition[],
): Promise<number | undefined> {
  const cells = cellsFor(session.tables, [], conditions)
  if (!cells) return undefined
  const { clusterCounts: t } = session.tables
  const [[count] = []] = await session.driver.ask(
    sql`select coalesce(sum(${t.count}), 0) from ${t} where ${cells}`,
  )
  return Number(count)
}

async function groupsOf(
  session: Session,
  groupBy: readonly Dimension[],
  conditions: readonly Condition[],
): Promise<Summary['groups'] | undefined> {
  const cells = cellsFor(session.tables, groupBy, conditions)
  if (!cells) return undefined
  const { clusterCounts: t } = session.tables
  const columns = listed(
    groupBy.map((dimension) => ('label' in dimension ? t.labelValue : t[dimension.name])),
  )
  const count = sql`sum(${t.count})`
  const rows = await session.driver.ask(
    sql`select ${count}, ${columns} from ${t} where ${cells} group by ${columns} order by ${desc(count)}, ${columns} limit ${fixed(mostGroups)}`,
  )
  return rows.map(([total, ...values]) => ({
    values: values.map((value, i) => (value === '' && !isLabel(groupBy[i]) ? null : String(value))),
    count: Number(total),
  }))
}

function isLabel(dimension: Dimension | undefined): boolean {
  return dimension !== undefined && 'label' in dimension
}

/** Clusters that do not have the label are in no cell of it: they are what the others leave over. */
async function unlabelled(
  session: Session,
  groupBy: readonly Dimension[],
  conditions: readonly Condition[],
): Promise<Summary['groups']> {
  const label = groupBy.find((dimension) => 'label' in dimension)
  if (!label || conditions.some(isLabelTest)) return []
  const others = groupBy.filter((dimension) => dimension !== label)
  const present: Condition = { kind: 'test', field: 'labels', key: label.label, test: { is: 'present' } }
  const labelled = new Map(
    (await countsOf(session, others, [...conditions, present])).map(({ values, count }) => [
      JSON.stringify(values),
      count,
    ]),
  )
  return (await countsOf(session, others, conditions)).flatMap(({ values, count }) => {
    const left = count - (labelled.get(JSON.stringify(values)) ?? 0)
    return left > 0 ? [{ values: inPlace(groupBy, values), count: left }] : []
  })
}

async function countsOf(session: Session, groupBy: readonly Dimension[], conditions: readonly Condition[]) {
  if (groupBy.length > 0) return (await groupsOf(session, groupBy, conditions)) ?? []
  return [{ values: [], count: (await countByCells(session, conditions)) ?? 0 }]
}

function inPlace(groupBy: readonly Dimension[], others: (string | null)[]): (string | null)[] {
  const left = [...others]
  return groupBy.map((dimension) => ('label' in dimension ? null : (left.shift() ?? null)))
}

/** Which cells to look at: those of the smallest cube that tells all of the dimensions and conditions. */
function cellsFor(
  tables: Tables,
  groupBy: readonly Dimension[],
  conditions: readonly Condition[],
): SQL | undefined {
  const { clusterCounts: t } = tables
  const labels = new Set([
    ...groupBy.flatMap((dimension) => ('label' in dimension ? [dimension.label] : [])),
    ...conditions.flatMap((condition) => (isLabelTest(condition) ? [condition.key ?? ''] : [])),
  ])
  const wanted = [
    ...groupBy.flatMap((dimension) => ('name' in dimension ? [dimension.name] : [])),
    ...conditions.filter((condition) => !isLabelTest(condition)).flatMap(dimensionsIn),
  ]
  if (labels.size > 1) return undefined
  const cube = cubes.find(
    ({ dimensions, label }) =>
      label === labels.size > 0 &&
      wanted.every((each) => (dimensions as readonly string[]).includes(String(each))),
  )
  if (!cube) return undefined
  const [labelKey = ''] = labels
  const narrowed = conditions.map((condition) => compile(ofValue(condition), columnsOf(tables)))
  return all(and(eq(t.cube, cube.name), eq(t.labelKey, labelKey)), ...narrowed)
}

/** A test of the one label is a test of the cells' value. Its negation is not: of clusters without it there is no cell. */
function isLabelTest(condition: Condition): condition is Extract<Condition, { kind: 'test' }> {
  return condition.kind === 'test' && condition.key !== undefined
}

function ofValue(condition: Condition): Condition {
  return isLabelTest(condition) ? { kind: 'test', field: 'labelValue', test: condition.test } : condition
}

/** The dimensions that a condition is about; null for what is none. */
function dimensionsIn(condition: Condition): (CountedDimension | null)[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.parts.flatMap(dimensionsIn)
    case 'not':
      return dimensionsIn(condition.part)
    case 'word':
      return [null]
    case 'test':
      return [condition.key === undefined ? (dimensionOf[condition.field] ?? null) : null]
  }
}

function columnsOf({ clusterCounts: t }: Tables): FieldColumns {
  const nullable = { region: sql`nullif(${t.region}, '')`, 'spec.plan': sql`nullif(${t.plan}, '')` }
  const { team, provider, connection, state, management, labelValue, creator } = t
  const plain = { team, provider, connection, state, management, labelValue }
  return { fields: { ...plain, 'createdBy.id': creator, ...nullable } }
}

/** What creators are called, by id. */
export async function creatorNames(session: Session, ids: readonly string[]): Promise<Map<string, string>> {
  const { clusters } = session.tables
  const names = new Map<string, string>()
  for (const id of ids) {
    const [row] = await session.driver.ask(
      sql`select ${clusters.creatorName} from ${clusters} where ${eq(clusters.creatorId, id)} limit 1`,
    )
    if (row) names.set(id, String(row[0]))
  }
  return names
}
