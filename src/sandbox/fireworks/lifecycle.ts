import type { ClusterRecord, ClusterStatus } from './records.ts'

/** The state that readers see; null once the cluster is gone. */
export function stateOf(cluster: ClusterRecord, now: number): string | null {
  if (isGone(cluster, now)) return null
  if (cluster.heldState !== null) return cluster.heldState
  if (cluster.deleteTime !== null) return 'DELETING'
  if (!isSettled(cluster, now)) return 'CREATING'
  return cluster.failure ? 'FAILED' : 'READY'
}

export function isGone({ goneTime }: ClusterRecord, now: number): boolean {
  return goneTime !== null && now >= goneTime
}

export function statusOf(cluster: ClusterRecord, now: number): ClusterStatus {
  return (isSettled(cluster, now) ? cluster.failure : null) ?? { code: 'OK', message: '' }
}

/** The last time that anything about the cluster changed, whoever changed it. */
export function updateTimeOf(cluster: ClusterRecord, now: number): number {
  const settled = isSettled(cluster, now) ? (cluster.settleTime ?? 0) : 0
  return Math.max(cluster.changeTime, settled, cluster.deleteTime ?? 0)
}

function isSettled({ settleTime }: ClusterRecord, now: number): boolean {
  return settleTime !== null && now >= settleTime
}
