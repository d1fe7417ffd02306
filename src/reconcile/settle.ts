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
  ended,
  entry,
  failedIntent,
  later,
  operationError,
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
  sealed: string | null,
  leaseHeld: boolean,
  context: Context,
): Settlement | null {
  if (finding.step === 'create') return settleCreated(row, finding.created, sealed, context)
  if (!leaseHeld) return null
  switch (finding.step) {
    case 'forget':
      return nothingThere(row, context)
    case 'look':
      return settleLook(row, finding.found, finding.providerTime, context)
    case 'observe':
      return notSent(settleObserved(row, finding.observed, finding.access, context))
    case 'update':
      return settleUpdate(row, finding, context)
    case 'failed':
      return settleFailure(row, finding.of, finding.failure, context)
    default:
      return settleAccepted(row, finding.requestId, context)
  }
}

/** An intent whose call turned out not to be needed. */
function notSent(settlement: Settlement): Settlement {
  return { ...settlement, intent: { outcome: 'NOT_SENT' } }
}

function settleUpdate(row: ClusterRow, finding: Finding & { step: 'update' }, context: Context): Settlement {
  const { observed, done, requestId } = finding
  if (observed === null || row.operationKind !== 'update')
    return notSent(settleObserved(row, observed, null, context))
  const facts = observedFacts(row, observed, context.now)
  if (done === null) return notSent(settleDone(row, 'update', observed, facts, context))
  const doneSteps = [...(row.work.doneSteps ?? []), done]
  const work = { ...withoutIntent(row), doneSteps, accepted: true, polls: 0, failures: 0 }
  const patch: Partial<NewClusterRow> = { ...again({ ...row, work }, context), operationError: null }
  const intent = { outcome: 'SUCCEEDED' as const, providerRequestId: requestId }
  return settled(
    patch,
    [entry(row, 'cluster.settle', 'SUCCESS', patch, { requestId, httpStatus: 200 })],
    intent,
  )
}

/** The provider took a suspend, resume or delete; its state will tell when it is done. */
function settleAccepted(row: ClusterRow, requestId: string | null, context: Context): Settlement {
  const intent = { outcome: 'SUCCEEDED' as const, providerRequestId: requestId }
  const work = { ...withoutIntent(row), accepted: true, polls: 0, failures: 0, check: false }
  const patch: Partial<NewClusterRow> = {
    ...again({ ...row, work }, context),
    operationStatus: 'RUNNING',
    operationError: null,
  }
  return settled(
    patch,
    [entry(row, 'cluster.settle', 'SUCCESS', patch, { requestId, httpStatus: 200 })],
    intent,
  )
}

function settleFailure(row: ClusterRow, step: Step, failure: ProviderFailure, context: Context): Settlement {
  if (step === 'create') return settleCreateFailure(row, failure, context)
  if (step === 'look' || step === 'observe' || step === 'forget') {
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
  const cause = { requestId: failure.requestId, httpStatus: failure.httpStatus, code: failure.code }
  // Another operation took over while this call was under way; its own next step finds out what is true.
  if (row.operationKind !== step) {
    return settled({ dueTime: context.now, work: withoutIntent(row) }, [], intent)
  }
  const unknown = failure.applied === 'unknown'
  const worthAnother = unknown || failure.retryable || failure.kind === 'wrong-state'
  if (worthAnother && !gaveUp(row, failure, context)) {
    const waiting = later(row, failure, context)
    const patch: Partial<NewClusterRow> = {
      ...waiting,
      // Whether it happened, or is in the way of itself, shows when the cluster is looked at.
      work: { ...waiting.work, requestId: row.work.requestId, check: true, accepted: false, polls: 0 },
      operationStatus: unknown ? 'OUTCOME_UNKNOWN' : 'PENDING',
    }
    return settled(
      patch,
      [entry(row, 'cluster.settle', unknown ? 'UNKNOWN' : 'FAILURE', patch, cause)],
      intent,
    )
  }
  const patch: Partial<NewClusterRow> = {
    ...ended(row, context.now, 'FAILED', operationError(failure, row.provider)),
    ...(step === 'update' && row.work.before),
    state: stateBefore[step],
    // What the cluster really is now is asked of the provider right away.
    dueTime: context.now,
  }
  return settled(patch, [entry(row, 'cluster.settle', 'FAILURE', patch, cause)], intent)
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
