import { and, eq, gte, lt, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { type Condition, type FieldTest, isEquality, isRange } from '../../cluster/filter/condition.ts'
import { clusterColumns } from '../filter/cluster-columns.ts'
import { compile, type FieldColumns } from '../filter/compile.ts'
import type { Session, Tables } from '../store.ts'
import { type Listable, usualLimits } from './listable.ts'

/** Orders of the list of clusters. */
export const clusterOrders = [
  'createTime',
  'updateTime',
  'name',
  'expireTime',
  'team',
  'provider',
  'connection',
  'region',
  'state',
  'management',
] as const
export type ClusterOrderBy = (typeof clusterOrders)[number]

/** Fields with an index of their own, each with the creation time behind it; those that fewest clusters share come first. */
const indexedFields = [
  'externalId',
  'createdBy.id',
  'connection',
  'team',
  'region',
  'spec.plan',
  'management',
  'state',
  'provider',
]

/** Fields whose index has the id alone behind it. */
const rangedFields = ['id', 'name', 'createTime', 'updateTime', 'expireTime']

export function clusterListable(session: Session): Listable<ClusterOrderBy> {
  return session.prepared('clusters to list', ({ tables }) => {
    const columns = clusterColumns(tables)
    return {
      table: tables.clusters,
      id: tables.clusters.id,
      columns,
      limits: usualLimits,
      orders: ordersOf(tables),
      leadOf: (condition, orderBy) => leadOf(tables, columns, condition, orderBy),
      idsOf: (condition) => idsOf(tables, columns, condition),
      rankOf,
    }
  })
}

function ordersOf({ clusters: t }: Tables): Record<ClusterOrderBy, readonly SQLiteColumn[]> {
  return {
    createTime: [t.createTime],
    updateTime: [t.updateTime],
    name: [t.name],
    expireTime: [t.expireTime],
    // The index has the creation time between these and the id.
    team: [t.team, t.createTime],
    provider: [t.provider, t.createTime],
    connection: [t.connection, t.createTime],
    region: [t.region, t.createTime],
    state: [t.state, t.createTime],
    management: [t.management, t.createTime],
  }
}

function leadOf(tables: Tables, columns: FieldColumns, condition: Condition, orderBy: ClusterOrderBy) {
  if (!isEquality(condition)) return undefined
  const { clusters, clusterLabels: labels } = tables
  if (condition.key !== undefined) {
    if (orderBy !== 'createTime') return undefined
    const source = sql`${labels} cross join ${clusters}`
    const where = and(ofLabel(tables, condition), sql`${clusters.id} = ${labels.clusterId}`)
    return { source, where, keys: [labels.createTime, labels.clusterId] }
  }
  const { field } = condition
  const served =
    (orderBy === 'createTime' && indexedFields.includes(field)) ||
    (field === 'team' && (orderBy === 'name' || orderBy === 'updateTime'))
  if (!served) return undefined
  return { source: sql`${clusters}`, where: compile(condition, columns) }
}

function idsOf(tables: Tables, columns: FieldColumns, condition: Condition): SQL | undefined {
  const { clusters, clusterLabels: labels, clusterWords: words } = tables
  if (condition.kind === 'word') {
    const { begins } = condition
    const found = and(gte(words.word, begins), lt(words.word, `${begins}\u{10ffff}`))
    return sql`select ${words.clusterId} as id from ${words} where ${found}`
  }
  if (condition.kind !== 'test') return undefined
  if (condition.key !== undefined) {
    if (!isEquality(condition)) return undefined
    return sql`select ${labels.clusterId} as id from ${labels} where ${ofLabel(tables, condition)}`
  }
  const { field, test } = condition
  if (!isRange(test) || ![...indexedFields, ...rangedFields].includes(field)) return undefined
  return sql`select ${clusters.id} as id from ${clusters} where ${compile(condition, columns)}`
}

function ofLabel({ clusterLabels: labels }: Tables, { key = '', test }: FieldTest): SQL | undefined {
  const value = test.is === 'compared' ? String(test.value) : ''
  return and(eq(labels.key, key), eq(labels.value, value))
}

const ranked = [
  'id',
  'name',
  'externalId',
  'createdBy.id',
  'word',
  'labels',
  ...indexedFields,
  ...rangedFields,
]

function rankOf(condition: Condition): number {
  const name = condition.kind === 'test' ? condition.field : condition.kind
  const rank = ranked.indexOf(name)
  return rank < 0 ? ranked.length : rank
}
