import type { Teams } from '../cluster/caller.ts'
import { type Condition, ofTeams } from '../cluster/filter/condition.ts'
import { type PastRow, readAllPast } from './past-rows.ts'
import type { Store } from './store.ts'
import { type Dimension, mostGroups, type Summary } from './summarize-clusters.ts'

/** Steps of reading for one summary, of so many clusters each at the most; others get their turn after each. */
const mostSteps = 200
const stepSize = 500

/**
 * Counts clusters by group as they were at an instant. No counts are kept of that: each cluster is read, and undefined
 * is answered where there are too many. `names` tells what the creators were called.
 */
export async function summarizePastClusters(
  store: Store,
  { at, visibleTeams, conditions }: { at: number; visibleTeams: Teams; conditions: readonly Condition[] },
  groupBy: readonly Dimension[],
): Promise<(Summary & { names: Map<string, string> }) | undefined> {
  const groups = new Map<string, Summary['groups'][number]>()
  const names = new Map<string, string>()
  let [totalSize, steps] = [0, 0]
  const all = [...ofTeams(visibleTeams), ...conditions]
  const wanted = { at, conditions: all, orderBy: 'createTime', descending: true } as const
  for await (const rows of readAllPast(store.reader, wanted, stepSize)) {
    if (++steps > mostSteps) return undefined
    for (const row of rows) {
      const values = groupBy.map((dimension) => dimensionOf(row, dimension))
      const key = JSON.stringify(values)
      const group = groups.get(key) ?? { values, count: 0 }
      groups.set(key, group)
      group.count++
      names.set(row.creatorId, row.creatorName)
    }
    totalSize += rows.length
    await new Promise((resolve) => setImmediate(resolve))
  }
  const told = [...groups].toSorted(([a, { count: m }], [b, { count: n }]) => n - m || (a < b ? -1 : 1))
  return { groups: told.slice(0, mostGroups).map(([, group]) => group), totalSize, names }
}

function dimensionOf(row: PastRow, dimension: Dimension): string | null {
  if ('label' in dimension) {
    return Object.hasOwn(row.labels, dimension.label) ? (row.labels[dimension.label] ?? null) : null
  }
  const { name } = dimension
  if (name === 'creator') return row.creatorId
  if (name === 'month') return new Date(row.createTime).toISOString().slice(0, 7)
  return row[name]
}
