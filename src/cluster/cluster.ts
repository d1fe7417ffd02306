import type { Actor } from './actor.ts'
import type { Change, JsonObject } from './json.ts'
import type { ApproverRole, PolicyFinding } from './policy.ts'

/** The normalized life of a cluster; what the provider itself calls it stays in `providerState`. */
export const clusterStates = [
  'PENDING', // accepted, not yet asked of the provider
  'CREATING',
  'READY',
  'UPDATING',
  'SUSPENDING',
  'SUSPENDED',
  'RESUMING',
  'DELETING',
  'DELETED',
  'FAILED',
  'MISSING', // was there; a complete sync no longer finds it
  'UNKNOWN', // the provider says something that we do not know
  'PENDING_APPROVAL', // asked for, and held back until a second person agrees
] as const
export type ClusterState = (typeof clusterStates)[number]

export const operationKinds = ['create', 'update', 'suspend', 'resume', 'delete'] as const
export type OperationKind = (typeof operationKinds)[number]

export const operationStatuses = ['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'OUTCOME_UNKNOWN'] as const
export type OperationStatus = (typeof operationStatuses)[number]

export const credentialStates = ['NONE', 'AVAILABLE', 'LOST', 'SUPPLIED', 'REVEALED'] as const
export type CredentialState = (typeof credentialStates)[number]

export const managements = ['MANAGED', 'IMPORTED', 'UNMANAGED'] as const
export type Management = (typeof managements)[number]

/** How the last observation was made: the answer to our own call, a poll of one cluster, or a sync's list. */
export const observedVias = ['create', 'poll', 'sync', 'refresh'] as const
export type ObservedVia = (typeof observedVias)[number]

/** Why an operation does not go on, or did not end well, in words a caller can act on. */
export interface OperationError {
  /** Stable, kebab-case. */
  code: string
  message: string
  retryable: boolean
  /** What the provider itself said, where it was the provider. */
  provider?: ProviderCause
}

export interface ProviderCause {
  id: string
  httpStatus: number | null
  code: string | null
  message: string
  requestId: string | null
}

/** What the gateway is doing to a cluster now, or did last. Times in epoch milliseconds. */
export interface Operation {
  kind: OperationKind
  status: OperationStatus
  startTime: number
  endTime: number | null
  /** Calls made to the provider that could have changed something. */
  attempts: number
  nextAttemptTime: number | null
  error: OperationError | null
}

/** A change that nobody asked the gateway for, as a sync or a look found it. Time in epoch milliseconds. */
export interface Drift {
  time: number
  changes: Change[]
}

export const approvalStatuses = ['PENDING', 'APPROVED', 'REJECTED', 'EXPIRED', 'WITHDRAWN'] as const
export type ApprovalStatus = (typeof approvalStatuses)[number]

/** A create that had to wait for a second person, and what became of it. Times in epoch milliseconds. */
export interface Approval {
  status: ApprovalStatus
  /** What of the policy made it wait. */
  rules: PolicyFinding[]
  /** The least role that may decide. */
  role: ApproverRole
  requestedBy: Pick<Actor, 'type' | 'id' | 'displayName'>
  /** The ids of all that had a part in asking: none of them may agree to it. */
  askers: string[]
  requestTime: number
  expireTime: number
  decidedBy: Pick<Actor, 'type' | 'id' | 'displayName'> | null
  decideTime: number | null
  reason: string | null
}

/** One row of the inventory. Times in epoch milliseconds; how it is shown is the HTTP side's affair. */
export interface Cluster {
  id: string
  name: string
  displayName: string
  provider: string
  connectionId: string
  connection: string
  team: string
  region: string | null
  spec: JsonObject
  labels: Record<string, string>
  state: ClusterState
  stateReason: string | null
  providerState: string | null
  /** What else the provider tells of it, verbatim. */
  providerDetails: Record<string, string>
  externalId: string | null
  endpoint: string | null
  credentialState: CredentialState
  management: Management
  deletionProtection: boolean
  expireTime: number | null
  createdBy: Pick<Actor, 'type' | 'id' | 'displayName'>
  createTime: number
  updateTime: number
  readyTime: number | null
  deleteTime: number | null
  observedTime: number | null
  observedVia: ObservedVia | null
  operation: Operation | null
  drift: Drift | null
  approval: Approval | null
  /** Counts every change; the strong ETag. */
  version: number
}

/** Living clusters hold their name; a deleted one gives it back. */
export function isLiving(cluster: Pick<Cluster, 'state'>): boolean {
  return cluster.state !== 'DELETED'
}

/** An operation that still has work to do. */
export function isOpen(operation: Operation | null): operation is Operation {
  return operation !== null && ['PENDING', 'RUNNING', 'OUTCOME_UNKNOWN'].includes(operation.status)
}
