import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { ClusterField } from '../../cluster/filter/cluster-fields.ts'
import { shownObservation } from '../freshness.ts'
import type { Tables } from '../store.ts'
import type { FieldColumns } from './compile.ts'
import { jsonText } from './json-text.ts'

/** Where the fields of a cluster are found. */
export function clusterColumns(tables: Tables): FieldColumns {
  const { clusters: t, clusterLabels } = tables
  const fields = { ...keptFields(t), ...shownObservation(tables) }
  const entry = (_: string, key: string, passes: (value: SQLiteColumn) => SQL) =>
    sql`exists (select 1 from ${clusterLabels} where ${and(
      sql`${clusterLabels.clusterId} = ${t.id}`,
      eq(clusterLabels.key, key),
      passes(clusterLabels.value),
    )})`
  return { fields, entry, words: t.words }
}

/** Where those fields are found that versions keep: of a cluster, or of what it was. */
export function keptFields(
  t: Tables['clusters'] | Tables['clusterVersions'],
): Record<Exclude<ClusterField, 'observedTime' | 'observedVia'>, SQLiteColumn | SQL> {
  // Where there is no operation, its columns are none of the cluster's fields.
  const ofOperation = (value: SQL) =>
    sql`case when ${t.operationKind} is not null and ${t.operationStatus} is not null then ${value} end`
  return {
    id: t.id,
    name: t.name,
    displayName: t.displayName,
    provider: t.provider,
    connection: t.connection,
    team: t.team,
    region: t.region,
    state: t.state,
    stateReason: t.stateReason,
    providerState: t.providerState,
    externalId: t.externalId,
    endpoint: t.endpoint,
    credentialState: t.credentialState,
    management: t.management,
    deletionProtection: t.deletionProtection,
    'spec.plan': t.plan,
    'spec.projectId': jsonText(t.spec, ['projectId']),
    'createdBy.type': jsonText(t.createdBy, ['type']),
    'createdBy.id': t.creatorId,
    'createdBy.displayName': t.creatorName,
    createTime: t.createTime,
    updateTime: t.updateTime,
    readyTime: t.readyTime,
    deleteTime: t.deleteTime,
    expireTime: t.expireTime,
    'operation.kind': ofOperation(sql`${t.operationKind}`),
    'operation.status': ofOperation(sql`${t.operationStatus}`),
    'operation.attempts': ofOperation(sql`${t.operationAttempts}`),
    'operation.error.code': ofOperation(jsonText(t.operationError, ['code'])),
    drift: t.drift,
  }
}
