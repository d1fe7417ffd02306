import type { Attribution } from '../cluster/actor.ts'
import { renderCluster } from '../cluster/document.ts'
import { type Change, changesBetween, type Json } from '../cluster/json.ts'
import { type AuditRecord, recordAudit } from './audit-entries.ts'
import { type ClusterRow, toCluster } from './cluster-rows.ts'
import type { Session, Store } from './store.ts'

/** All that a caller could see change, but for the times that follow from when it did. */
export function visibleChanges(before: ClusterRow, after: ClusterRow): Change[] {
  return changesBetween(shown(before), shown(after))
}

function shown(row: ClusterRow): Json {
  const { etag, updateTime, observedTime, observedVia, drift, operation, ...rest } = renderCluster(
    toCluster(row),
  )
  if (operation === null) return { ...rest, operation }
  const { kind, status, attempts, error } = operation
  const told = error && { ...error, provider: error.provider ? { ...error.provider } : null }
  return { ...rest, operation: { kind, status, attempts, error: told } }
}

/**
 * Writes down what a step or a sync did to a cluster. The first entry tells all that changed; a change about which
 * nothing is to be said gets an entry all the same, so that none can be forgotten. Answers the entries' ids.
 */
export async function recordClusterChanges(
  store: Store,
  session: Session,
  who: Attribution,
  rows: { before: ClusterRow; after: ClusterRow },
  records: readonly AuditRecord[],
): Promise<string[]> {
  const changes = visibleChanges(rows.before, rows.after)
  const [first, ...others] = records.length === 0 && changes.length > 0 ? [plainly(rows.after)] : records
  if (!first) return []
  const ids: string[] = []
  for (const record of [{ ...first, changes }, ...others]) {
    ids.push(await recordAudit(store, session, who, record))
  }
  return ids
}

function plainly(row: ClusterRow): AuditRecord {
  return {
    action: 'cluster.observe',
    outcome: 'SUCCESS',
    ...aboutCluster(row),
  }
}

/** What every entry about a cluster says of it. */
export function aboutCluster(row: ClusterRow): Pick<AuditRecord, 'targets' | 'team'> {
  return { targets: [{ type: 'cluster', id: row.id, displayName: row.name }], team: row.team }
}
