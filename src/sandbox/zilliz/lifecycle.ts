import type { ClusterRecord, Transition } from './records.ts'

/** The status that readers see. */
export function statusOf(cluster: ClusterRecord): string {
  return cluster.transition?.status ?? cluster.status
}

/** Dropped, and done with. */
export function isGone(cluster: ClusterRecord): boolean {
  return cluster.transition === null && cluster.status === 'DELETED'
}

/** 0 to 99 while it is being created, 100 once it has been up. */
export function createProgressOf(cluster: ClusterRecord, now: number): number {
  if (cluster.wasReady) return 100
  if (cluster.transition === null) return 99
  const { startTime, durationMs } = cluster.transition
  const percent = durationMs === 0 ? 99 : Math.floor((100 * (now - startTime)) / durationMs)
  return Math.max(0, Math.min(99, percent))
}

/** Starts emulated work. `status` is shown until it is over. */
export function begin(cluster: ClusterRecord, transition: Transition): void {
  cluster.transition = transition
}

/** Catches up with the clock: work whose time is over has happened. */
export function settle(cluster: ClusterRecord, now: number): void {
  const { transition } = cluster
  if (transition === null || transition.stuck || now < transition.startTime + transition.durationMs) return
  cluster.transition = null
  cluster.status = transition.endStatus
  cluster.cuSize = transition.changes.cuSize ?? cluster.cuSize
  cluster.replica = transition.changes.replica ?? cluster.replica
  if (transition.endStatus === 'RUNNING') cluster.wasReady = true
}
