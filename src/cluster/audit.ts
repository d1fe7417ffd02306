import type { Actor, Attribution, Person } from './actor.ts'
import type { Change } from './json.ts'
import type { PolicyDecision } from './policy.ts'

/** Every act that is written down, `noun.verb`. */
export const auditActions = [
  'cluster.create',
  'cluster.update',
  'cluster.delete',
  'cluster.suspend',
  'cluster.resume',
  'cluster.refresh',
  'cluster.retry',
  'cluster.import',
  'cluster.release',
  'cluster.expire', // its time has come
  'cluster.expire-warning', // its time is coming
  'cluster.read',
  'cluster.call', // the provider is about to be asked for a change; its intent is on disk
  'cluster.adopt', // a cluster upstream was found to be the one asked for
  'cluster.discover', // found upstream, nobody asked us for it
  'cluster.observe', // the provider told us of a change
  'cluster.settle', // a call was answered, or its outcome is not known, or an operation ended
  'cluster.access',
  'credential.reveal',
  'credential.supply',
  'credential.store', // a one-time password came with a create and was sealed
  'connection.create',
  'connection.update',
  'connection.delete',
  'connection.verify',
  'connection.sync',
  'connection.read',
  'provider.read',
  'team.update',
  'team.read',
  'gateway.freeze',
  'key.create',
  'key.revoke',
  'key.read',
  'audit.read',
  'self.read',
  'gateway.start',
  'key.rotate',
  'key.break-glass', // an admin key was made on the command line for an emergency
  'auth.blocked', // too many failed authentications from one address
  'master-key.read',
  'master-key.rotate', // another master key seals from now on
  'master-key.rewrap', // every data key is under the current master key
  'master-key.retire',
  'master-key.reset', // what a lost master key had sealed was given up
  'audit.export',
  'audit.prune', // bodies that were old enough were removed; their leaf hashes stay
  'audit.rotate-key',
  'policy.update',
  'policy.delete',
  'policy.read',
  'policy.test',
  'cluster.approve',
  'cluster.reject',
  'cluster.approval-expire', // nobody decided in time
  'cluster.prune-versions', // what clusters were so long ago was removed
] as const
export type AuditAction = (typeof auditActions)[number]

export const auditOutcomes = ['SUCCESS', 'FAILURE', 'DENIED', 'UNKNOWN'] as const
export type AuditOutcome = (typeof auditOutcomes)[number]

export interface AuditTarget {
  type: 'cluster' | 'connection' | 'api_key' | 'team' | 'gateway' | 'audit'
  id: string
  displayName: string
}

/** Who did what to which thing, when, from where, with what outcome. `time` in epoch milliseconds. */
export interface AuditEntry {
  id: string
  time: number
  action: AuditAction
  outcome: AuditOutcome
  actor: Actor
  onBehalfOf?: Person
  targets: AuditTarget[]
  team: string | null
  context: Attribution['context']
  requestId: string
  provider?: { id: string; requestId: string | null; httpStatus: number | null; code: string | null }
  reason?: string
  /** What the team's policy said to it, where it has one. */
  policy?: PolicyDecision
  changes: Change[]
}
