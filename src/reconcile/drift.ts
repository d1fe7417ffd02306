import { changesBetween } from '../cluster/json.ts'
import type { AuditRecord } from '../store/audit-entries.ts'
import type { ClusterRow, NewClusterRow } from '../store/cluster-rows.ts'

/** What a cluster shows that its provider decides too: a change of these that nobody asked for is drift. */
function driftable(row: Pick<ClusterRow, 'name' | 'region' | 'spec' | 'state'>) {
  const { name, region, spec, state } = row
  return { name, region, spec, state }
}

/** What an observation changed without our asking: kept on the cluster, and written down. */
export function driftOf(
  row: ClusterRow,
  patch: Partial<NewClusterRow>,
  now: number,
): { drift: Partial<NewClusterRow>; audit: AuditRecord[] } {
  const changes = changesBetween(driftable(row), driftable({ ...row, ...patch }))
  if (changes.length === 0) return { drift: {}, audit: [] }
  const record: AuditRecord = {
    action: 'cluster.observe',
    outcome: 'SUCCESS',
    targets: [{ type: 'cluster', id: row.id, displayName: row.name }],
    team: row.team,
    changes,
  }
  return { drift: { drift: { time: now, changes } }, audit: [record] }
}
