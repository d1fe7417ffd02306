import type { Attribution } from '../cluster/actor.ts'
import { toRfc3339 } from '../cluster/clock.ts'
import type { Approval, ApprovalStatus } from '../cluster/cluster.ts'
import type { Checked } from './check-policy.ts'
import type { ClusterRow, NewClusterRow } from './cluster-rows.ts'

/** Ids of all that have a part in an act: who acts, and for whom. */
export function partiesOf({ actor, onBehalfOf }: Attribution): string[] {
  return onBehalfOf === undefined ? [actor.id] : [actor.id, onBehalfOf.id]
}

/**
 * How a create looks that waits for a second person: it is not due, so that nothing is asked of the provider. Nothing
 * where the policy lets it pass.
 */
export function waitingForApproval(
  who: Attribution,
  { decision, policy }: Pick<Checked, 'decision' | 'policy'>,
  now: number,
): Partial<NewClusterRow> {
  const terms = policy?.rules.approval
  if (decision?.decision !== 'APPROVAL' || terms === undefined) return {}
  const { type, id, displayName } = who.actor
  const expireTime = now + terms.expireSeconds * 1000
  const approval: Approval = {
    status: 'PENDING',
    rules: decision.rules,
    role: terms.role,
    requestedBy: { type, id, displayName },
    askers: partiesOf(who),
    requestTime: now,
    expireTime,
    decidedBy: null,
    decideTime: null,
    reason: null,
  }
  return {
    approval,
    state: 'PENDING_APPROVAL',
    stateReason: `Waits until ${toRfc3339(expireTime)} for another ${terms.role} to approve it.`,
    operationNextAttemptTime: null,
    dueTime: null,
  }
}

/** The end of a wait. Nothing where nothing waits. */
export function endedWait(
  { approval }: Pick<ClusterRow, 'approval'>,
  status: Exclude<ApprovalStatus, 'PENDING'>,
  now: number,
  decided: Pick<Approval, 'decidedBy' | 'reason'> = { decidedBy: null, reason: null },
): Partial<NewClusterRow> {
  if (approval?.status !== 'PENDING') return {}
  return { approval: { ...approval, ...decided, status, decideTime: now } }
}
