import { type ClusterState, isOpen, type OperationKind } from '../cluster/cluster.ts'
import type { ProviderFailure } from '../cluster/failure.ts'
import type { Settlement } from '../store/claims.ts'
import { type ClusterRow, type NewClusterRow, toCluster } from '../store/cluster-rows.ts'
import { observedFacts } from './merge-observed.ts'
import type { Finding } from './perform.ts'
import type { Step } from './plan.ts'
import { settleCreated, settleCreateFailure } from './settle-create.ts'
import { nothingThere, settleLook } from './settle-look.ts'
import { settleDone, settleObserved } from './settle-observed.ts'
import {
  again,
  type Context,
  causeOf,
  ended,
  entry,
  failedIntent,
  later,
  operationError,
  overtaken,
  settled,
  withoutIntent,
} from './settlement.ts'

/**
 * Decides what a finding means for the row as it is now. Pure. Without the lease only a create's success counts:
 * nobody else has its id and its password.
 */
export function settle(
  row: ClusterRow,
  finding: Finding,
  leaseHeld: boolean,
  context: Context,
): Settlement | null {
  if (finding.step === 'create') return settleCreated(row, finding.created, leaseHeld, context)
  if (!leaseHeld) return null
  if (row.state === 'DELETED') return settled({ dueTime: null, work: withoutIntent(row) })
  if (isLateForCreate(row, finding)) return lateForCreate(row, finding, context)
  switch (finding.step) {
    case 'forget':
      return nothingThere(row, context)
    case 'rest':
      return settled({ dueTime: context.now + context.timing.pollMaxMs })
    case 'look':
      return settleLook(row, finding.found, finding.providerTime, context)
    case 'observe':
      return settleObserved(row, finding.observed, finding.access, context)
    case 'update':
      return settleUpdate(row, finding, context)
    case 'failed':
      return settleFailure(row, finding.of, finding.failure, context)
    default:
      return settleAccepted(row, finding.step, finding.requestId, context)
  }
}

const creating: readonly Step[] = ['create', 'look', 'forget']

/** An earlier create answered after all, while this step still acted on its outcome being unknown. */
function isLateForCreate(row: ClusterRow, finding: Finding): boolean {
  const step = finding.step === 'failed' ? finding.of : finding.step
  return row.externalId !== null && creating.includes(step)
}

function lateForCreate(row: ClusterRow, finding: Finding, context: Context): Settlement {
  if (finding.step !== 'failed' || finding.of !== 'create') return overtaken(row, context)
  const { failure } = finding
  const failed = entry(row, 'cluster.settle', 'FAILURE', causeOf(failure))
  return overtaken(row, context, [failed], failedIntent(failure, row.provider))
}

/** An intent whose call turned out not to be needed. */
function notSent(settlement: Settlement): Settlement {
  return { ...settlement, intent: { outcome: 'NOT_SENT' } }
}

function settleUpdate(row: ClusterRow, finding: Finding & { step: 'update' }, context: Context): Settlement {
  const { observed, done, requestId } = finding
  if (done !== null)
    return settleAccepted(row, 'update', requestId, context, [...(row.work.doneSteps ?? []), done])
  if (row.operationKind !== 'update') return notSent(overtaken(row, context))
  if (observed?.state !== 'READY') return notSent(settleObserved(row, observed, null, context))
  const facts = observedFacts(row, observed, context.now)
  return notSent(settleDone(row, 'update', observed, facts, context))
}

/** The provider took the change, or a step of it; the cluster's state will tell when it is done. */
function settleAccepted(
  row: ClusterRow,
  step: OperationKind,
  requestId: string | null,
  context: Context,
  doneSteps?: string[],
): Settlement {
  const audit = [entry(row, 'cluster.settle', 'SUCCESS', { requestId, httpStatus: 200 })]
  const intent = { outcome: 'SUCCEEDED' as const, providerRequestId: requestId }
  if (row.operationKind !== step) return overtaken(row, context, audit, intent)
  const work = {
    ...withoutIntent(row),
    ...(doneSteps && { doneSteps }),
    accepted: true,
    polls: 0,
    failures: 0,
  }
  const patch: Partial<NewClusterRow> = {
    ...again({ ...row, work: { ...work, check: false } }, context),
    operationStatus: 'RUNNING',
    operationError: null,
  }
  return settled(patch, audit, intent)
}

function settleFailure(row: ClusterRow, step: Step, failure: ProviderFailure, context: Context): Settlement {
  if (step === 'create') return settleCreateFailure(row, failure, context)
  if (step === 'look' || step === 'observe' || step === 'forget' || step === 'rest') {
    const patch = later(row, failure, context)
    // A steady cluster has no operation to show a failure on; it is simply looked at again.
    return settled(isOpen(toCluster(row).operation) ? patch : withoutOperation(row, patch))
  }
  return settleVerbFailure(row, step, failure, context)
}

function withoutOperation(row: ClusterRow, patch: Partial<NewClusterRow>): Partial<NewClusterRow> {
  return {
    ...patch,
    operationError: row.operationError,
    operationNextAttemptTime: row.operationNextAttemptTime,
  }
}

function settleVerbFailure(
  row: ClusterRow,
  step: OperationKind,
  failure: ProviderFailure,
  context: Context,
): Settlement {
  const intent = failedIntent(failure, row.provider)
  const unknown = failure.applied === 'unknown'
  const audit = [entry(row, 'cluster.settle', unknown ? 'UNKNOWN' : 'FAILURE', causeOf(failure))]
  if (row.operationKind !== step) return overtaken(row, context, audit, intent)
  const worthAnother = unknown || failure.retryable || failure.kind === 'wrong-state'
  if (worthAnother && !gaveUp(row, failure, context)) {
    const waiting = later(row, failure, context)
    const patch: Partial<NewClusterRow> = {
      ...waiting,
      // Whether it happened, or is in the way of itself, shows when the cluster is looked at.
      work: { ...waiting.work, requestId: row.work.requestId, check: true, accepted: false, polls: 0 },
      operationStatus: unknown ? 'OUTCOME_UNKNOWN' : 'PENDING',
    }
    return settled(patch, audit, intent)
  }
  const patch: Partial<NewClusterRow> = {
    ...ended(row, context.now, 'FAILED', operationError(failure, row.provider)),
    ...(step === 'update' && row.work.before),
    state: stateBefore[step],
    // What the cluster really is now is asked of the provider right away.
    dueTime: context.now,
  }
  return settled(patch, audit, intent)
}

const stateBefore: Record<OperationKind, ClusterState> = {
  create: 'FAILED',
  update: 'READY',
  suspend: 'READY',
  resume: 'SUSPENDED',
  delete: 'READY',
}

/** A cluster that stays busy for longer than any change should take will not do this one either. */
function gaveUp(row: ClusterRow, failure: ProviderFailure, context: Context): boolean {
  const waited = context.now - (row.operationStartTime ?? context.now)
  return failure.kind === 'wrong-state' && waited > context.adapter.limits.updateTimeoutMs
}
