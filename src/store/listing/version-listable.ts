import { type SQL, sql } from 'drizzle-orm'
import { type Condition, isEquality, isRange } from '../../cluster/filter/condition.ts'
import { compile, type FieldColumns } from '../filter/compile.ts'
import { versionColumns } from '../filter/version-columns.ts'
import type { Session, Tables } from '../store.ts'
import { type Listable, usualLimits } from './listable.ts'

/** Orders in which clusters are listed as they were: each has an index over all versions that there ever were. */
export const pastOrders = ['createTime', 'updateTime', 'name', 'team'] as const
export type PastOrderBy = (typeof pastOrders)[number]

/** Fields with an index, those first that fewest versions are likely to share. */
const indexedFields = ['id', 'name', 'validUntil', 'updateTime', 'team', 'createTime']

/** Former versions of clusters. The cluster's own row is none of them. */
export function versionListable(session: Session): Listable<PastOrderBy> {
  return session.prepared('versions to list', ({ tables }): Listable<PastOrderBy> => {
    const { clusterVersions: t } = tables
    const columns = versionColumns(tables)
    return {
      table: t,
      id: t.key,
      columns,
      limits: usualLimits,
      orders: {
        createTime: [t.createTime],
        updateTime: [t.updateTime],
        name: [t.name],
        team: [t.team, t.createTime],
      },
      leadOf: (condition, orderBy) => leadOf(tables, columns, condition, orderBy),
      idsOf: (condition) => idsOf(tables, columns, condition),
      rankOf,
    }
  })
}

function leadOf(tables: Tables, columns: FieldColumns, condition: Condition, orderBy: PastOrderBy) {
  if (!isEquality(condition) || condition.field !== 'team') return undefined
  if (orderBy !== 'createTime' && orderBy !== 'updateTime') return undefined
  return { source: sql`${tables.clusterVersions}`, where: compile(condition, columns) }
}

function idsOf(tables: Tables, columns: FieldColumns, condition: Condition): SQL | undefined {
  if (condition.kind !== 'test' || condition.key !== undefined) return undefined
  if (!isRange(condition.test) || !indexedFields.includes(condition.field)) return undefined
  const { clusterVersions: t } = tables
  return sql`select ${t.key} as id from ${t} where ${compile(condition, columns)}`
}

function rankOf(condition: Condition): number {
  const rank = condition.kind === 'test' ? indexedFields.indexOf(condition.field) : -1
  return rank < 0 ? indexedFields.length : rank
}
