import type { ClusterState } from '../../cluster/cluster.ts'

/**
 * What each status of Zilliz Cloud means here. The published list leaves out the suspended state, which the service
 * calls STOPPED and the console SUSPENDED. Freezing is not explained anywhere; a frozen cluster does not serve and its
 * data remains, so it reads as suspended, with a reason, and not as failed.
 */
const states: Readonly<Record<string, ClusterState>> = {
  CREATING: 'CREATING',
  INITIALIZING: 'CREATING',
  RUNNING: 'READY',
  MODIFYING: 'UPDATING',
  CU_MODIFYING: 'UPDATING',
  RESIZING: 'UPDATING',
  UPGRADING: 'UPDATING',
  MIGRATING: 'UPDATING',
  RESTORE_BACKUP: 'UPDATING',
  WRITING_OPERATION: 'UPDATING',
  SET_PRIVATE_LINK: 'UPDATING',
  STOPPING: 'SUSPENDING',
  SUSPENDING: 'SUSPENDING',
  FREEZING: 'SUSPENDING',
  STOPPED: 'SUSPENDED',
  SUSPENDED: 'SUSPENDED',
  FROZEN: 'SUSPENDED',
  RESUMING: 'RESUMING',
  UNFREEZED: 'RESUMING',
  DELETING: 'DELETING',
  DELETED: 'DELETED',
  ABNORMAL: 'FAILED',
}

const reasons: Readonly<Record<string, string>> = {
  ABNORMAL: 'Zilliz Cloud reports the cluster as abnormal.',
  FREEZING: 'Zilliz Cloud is freezing the cluster; its console tells why.',
  FROZEN: 'Zilliz Cloud has frozen the cluster; its console tells why.',
}

/** A status that is not known is no failure: the cluster is in a state that has no name here. */
export function stateOf(status: string): { state: ClusterState; stateReason: string | null } {
  const word = status.trim().toUpperCase()
  return { state: states[word] ?? 'UNKNOWN', stateReason: reasons[word] ?? null }
}
