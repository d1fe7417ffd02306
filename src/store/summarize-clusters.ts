import { and, desc, eq, gt, type SQL, sql } from 'drizzle-orm'
import { everyTeam } from '../cluster/actor.ts'
import type { Teams } from '../cluster/caller.ts'
import { type Condition, isOfTeams, ofTeams } from '../cluster/filter/condition.ts'
import { type CountedDimension, cubes } from './cluster-counts.ts'
import { compile, costOf, type FieldColumns } from './filter/compile.ts'
import { affordable } from './listing/listable.ts'
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

/** Cells that are looked at together. */
export const mostCells = 50_000

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

/** Counts clusters by group, from the counts that are kept. Undefined where no cube tells all that is asked, or one of too many cells does. */
export async function summarizeClusters(session: Session, query: SummaryQuery): Promise<Summary | undefined> {
  const summary = (await summarizeAtOnce(session, query)) ?? (await summarizeByTeam(session, query))
  if (!summary) return undefined
  const { groups, totalSize } = summary
  return { groups: groups.toSorted((a, b) => b.count - a.count).slice(0, mostGroups), totalSize }
}

async function summarizeAtOnce(
  session: Session,
  { visibleTeams, groupBy, conditions: asked }: SummaryQuery,
): Promise<Summary | undefined> {
  const conditions = [...ofTeams(visibleTeams), ...asked]
  const groups = await groupsOf(session, groupBy, conditions)
  const totalSize = await countByCells(session, conditions)
  if (!groups || totalSize === undefined) return undefined
  return { groups: [...groups, ...(await unlabelled(session, groupBy, conditions))], totalSize }
}

/** What takes too many cells together, team by team, so that others get their turn in between. */
async function summarizeByTeam(session: Session, query: SummaryQuery): Promise<Summary | undefined> {
  const groups = new Map<string, Summary['groups'][number]>()
  let totalSize: number | undefined
  for await (const team of teamsCounted(session, query.visibleTeams)) {
    const summary = await summarizeAtOnce(session, { ...query, visibleTeams: [team] })
    if (!summary) return undefined
    for (const { values, count } of summary.groups) {
      const key = JSON.stringify(values)
      groups.set(key, { values, count: count + (groups.get(key)?.count ?? 0) })
    }
    totalSize = (totalSize ?? 0) + summary.totalSize
    await new Promise((resolve) => setImmediate(resolve))
  }
  // Without any team there was nothing to count, and so it was not for too many cells.
  return totalSize === undefined ? undefined : { groups: [...groups.values()], totalSize }
}

/** The teams that have clusters, or those of them that are asked for. Each is found by a seek of its own. */
async function* teamsCounted(session: Session, visible: Teams): AsyncGenerator<string> {
  if (visible !== everyTeam) {
    yield* visible
    return
  }
  const { clusterCounts: t } = session.tables
  for (let last = ''; ; ) {
    const beyond = and(eq(t.cube, 'base'), eq(t.labelKey, ''), gt(t.team, last))
    const [[next] = []] = await session.driver.ask(sql`select min(${t.team}) from ${t} where ${beyond}`)
    if (typeof next !== 'string') return
    last = next
    yield last
  }
}

/** The number of clusters that the conditions hold for; undefined where no cube tells, or one of too many cells does. */
export async function countByCells(
  session: Session,
  conditions: readonly Condition[],
): Promise<number | undefined> {
  const cells = await cellsFor(session, [], conditions)
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
  const cells = await cellsFor(session, groupBy, conditions)
  if (!cells) return undefined
  const { clusterCounts: t } = session.tables
  const columns = listed(
    groupBy.map((dimension) => ('label' in dimension ? t.labelValue : t[dimension.name])),
  )
  const count = sql`sum(${t.count})`
  const rows = await session.driver.ask(
    sql`select ${count}, ${columns} from ${t} where ${cells} group by ${columns} order by ${desc(count)}, ${columns}`,
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
async function cellsFor(
  session: Session,
  groupBy: readonly Dimension[],
  conditions: readonly Condition[],
): Promise<SQL | undefined> {
  const { tables } = session
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
  const columns = columnsOf(tables)
  const narrowing = (some: readonly Condition[]) => some.map((each) => compile(ofValue(each), columns))
  const cells = and(eq(t.cube, cube.name), eq(t.labelKey, labelKey))
  const cost = costOf({ kind: 'and', parts: conditions.map(ofValue) }, columns)
  const read = all(cells, ...narrowing(conditions.filter(isOfTeams)))
  if (await isMore(session, read, affordable(mostCells, cost))) return undefined
  return all(cells, ...narrowing(conditions))
}

/** The cells are in the order of cubes, labels and teams: just those that are read are counted. */
async function isMore(session: Session, read: SQL, most: number): Promise<boolean> {
  const { clusterCounts: t } = session.tables
  const beyond = sql`select 1 from ${t} where ${read} limit 1 offset ${fixed(most)}`
  return (await session.driver.ask(beyond)).length > 0
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

/** Of somebody's latest clusters, so many are looked at for one that may be seen. */
const mostLatest = 100

/** What creators are called, by id, as the latest of their clusters in these teams has it. */
export async function creatorNames(
  session: Session,
  visibleTeams: Teams,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const { clusters } = session.tables
  const visible = all(
    ...ofTeams(visibleTeams).map((condition) => compile(condition, { fields: { team: clusters.team } })),
  )
  const names = new Map<string, string>()
  for (const id of ids) {
    const [row] = await session.driver.ask(
      sql`select ${clusters.creatorName} from (select ${clusters}.* from ${clusters} where ${eq(clusters.creatorId, id)} order by ${desc(clusters.createTime)}, ${desc(clusters.id)} limit ${fixed(mostLatest)}) as ${clusters} where ${visible} limit 1`,
    )
    if (row) names.set(id, String(row[0]))
  }
  return names
}
