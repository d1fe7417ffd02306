import { isOpen } from '../cluster/cluster.ts'
import type { Observed } from '../cluster/provider.ts'
import { type ClusterRow, type NewClusterRow, toCluster } from '../store/cluster-rows.ts'
import type { SyncVerdict } from '../store/sync.ts'
import { driftOf } from './drift.ts'
import { mergeSpec } from './merge-observed.ts'

/** A list that was begun before this row was last looked at, or while something is under way, says nothing new. */
function isOvertaken(row: ClusterRow, syncStartTime: number): boolean {
  const { operation } = toCluster(row)
  return isOpen(operation) || row.leaseOwner !== null || (row.observedTime ?? 0) > syncStartTime
}

/** What a list tells about a cluster that the inventory has. Null when that is nothing new. */
export function compareListed(
  row: ClusterRow,
  observed: Observed,
  syncStartTime: number,
  now: number,
): SyncVerdict {
  if (isOvertaken(row, syncStartTime)) return null
  const moving = ['CREATING', 'UPDATING', 'SUSPENDING', 'RESUMING', 'DELETING'].includes(observed.state)
  const seen: Partial<NewClusterRow> = {
    name: observed.name || row.name,
    region: observed.region ?? row.region,
    spec: mergeSpec(row.spec, observed.spec),
    state: observed.state,
    providerState: observed.providerState,
    endpoint: observed.endpoint ?? row.endpoint,
  }
  const { drift, audit } = driftOf(row, seen, now)
  if (audit.length === 0 && row.absentSyncs === 0) return null
  return {
    patch: {
      ...seen,
      ...drift,
      stateReason: observed.state === row.state ? row.stateReason : observed.stateReason,
      observedTime: now,
      observedVia: 'sync',
      absentSyncs: 0,
      // What is moving is watched until it rests.
      ...(moving && { dueTime: now }),
    },
    audit,
  }
}

/** A complete list did not show this cluster. Two in a row send somebody to look for it. */
export function judgeAbsent(
  row: ClusterRow,
  syncStartTime: number,
  now: number,
  syncsNeeded: number,
): SyncVerdict {
  if (isOvertaken(row, syncStartTime)) return null
  const absentSyncs = row.absentSyncs + 1
  const look = absentSyncs >= syncsNeeded ? { dueTime: now } : {}
  return { patch: { ...look, absentSyncs }, audit: [] }
}
