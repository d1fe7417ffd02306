import type { Actor, Attribution } from '../cluster/actor.ts'
import { toRfc3339 } from '../cluster/clock.ts'
import type { Approval, ApprovalStatus } from '../cluster/cluster.ts'
import type { Checked } from './check-policy.ts'
import type { ClusterRow, NewClusterRow } from './cluster-rows.ts'

type Named = Pick<Actor, 'type' | 'id' | 'displayName'>

/**
 * By what an actor is told from others: its id. People have a second name, because an issuer knows a person by another
 * than who speaks for it in `On-Behalf-Of`. Keys have not: what a key is called is nobody's name.
 */
export function namesOf({ type, id, displayName }: Named): string[] {
  return type === 'user' ? [id, displayName] : [id]
}

/** The names of all that have a part in an act: who acts, and for whom. */
export function partiesOf({ actor, onBehalfOf }: Pick<Attribution, 'actor' | 'onBehalfOf'>): string[] {
  return [...namesOf(actor), ...(onBehalfOf === undefined ? [] : namesOf(onBehalfOf))]
}

/** Whether one of them is among the others. Nobody becomes another by writing an e-mail address differently. */
export function share(some: readonly string[], others: readonly string[]): boolean {
  const known = new Set(others.map((name) => name.toLowerCase()))
  return some.some((name) => known.has(name.toLowerCase()))
}

/**
 * How a create looks that waits for a second person: it is not due, so that nothing is asked of the provider. Nothing
 * where the policy lets it pass. Of one that is asked for again, `before`, whoever had a part in it before keeps it.
 */
export function waitingForApproval(
  who: Attribution,
  { decision, policy }: Pick<Checked, 'decision' | 'policy'>,
  now: number,
  before: Pick<ClusterRow, 'approval' | 'createdBy'> | null = null,
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
    askers: [...new Set([...(before ? askersOf(before) : []), ...partiesOf(who)])],
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

/** The names of all that had a part in asking for a cluster, as far as they are known. */
export function askersOf({ approval, createdBy }: Pick<ClusterRow, 'approval' | 'createdBy'>): string[] {
  return [...namesOf(createdBy), ...(approval ? [...approval.askers, ...namesOf(approval.requestedBy)] : [])]
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
