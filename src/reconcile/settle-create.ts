import type { ProviderFailure } from '../cluster/failure.ts'
import type { Created } from '../cluster/provider.ts'
import type { Settlement } from '../store/claims.ts'
import type { ClusterRow, NewClusterRow } from '../store/cluster-rows.ts'
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

/** The provider took the create. Its answer may carry a password that is never given again. */
export function settleCreated(
  row: ClusterRow,
  created: Created,
  sealed: string | null,
  context: Context,
): Settlement | null {
  if (row.externalId !== null) return null
  const given = context.adapter.capabilities.credentials ? 'LOST' : 'NONE'
  const facts: Partial<NewClusterRow> = {
    externalId: created.externalId,
    providerState: created.observed?.providerState ?? row.providerState,
    credentialState: sealed === null ? given : 'AVAILABLE',
    observedTime: context.now,
    observedVia: 'create',
    operationError: null,
    stateReason: null,
  }
  const work = { requestId: row.work.requestId }
  const goesOn: Partial<NewClusterRow> =
    row.operationKind === 'create'
      ? { ...again({ ...row, work }, context), operationStatus: 'RUNNING', state: 'CREATING' }
      : { dueTime: context.now, work, ...takenOver(row) }
  const patch = { ...facts, ...goesOn }
  const audit = [
    entry(row, 'cluster.settle', 'SUCCESS', patch, { requestId: created.requestId, httpStatus: 200 }),
  ]
  if (sealed !== null) audit.push(entry(row, 'credential.store', 'SUCCESS', {}))
  const intent = { outcome: 'SUCCEEDED' as const, providerRequestId: created.requestId }
  return { ...settled(patch, audit, intent), ...(sealed !== null && { sealed }) }
}

/** A delete took over from the create: what was unknown is known now. */
function takenOver(row: ClusterRow): Partial<NewClusterRow> {
  return row.operationStatus === 'OUTCOME_UNKNOWN' ? { operationStatus: 'PENDING' } : {}
}

export function settleCreateFailure(row: ClusterRow, failure: ProviderFailure, context: Context): Settlement {
  const intent = failedIntent(failure, row.provider)
  const maybeOurs = failure.kind === 'name-taken' && row.work.createUnknown === true
  if (failure.applied === 'unknown' || maybeOurs) return unknownOutcome(row, failure, context, intent)
  const cause = { requestId: failure.requestId, httpStatus: failure.httpStatus, code: failure.code }
  if (row.operationKind !== 'create') {
    const patch = { dueTime: context.now, work: forgetSent(row) }
    return settled(patch, [entry(row, 'cluster.settle', 'FAILURE', patch, cause)], intent)
  }
  if (failure.retryable) {
    const patch: Partial<NewClusterRow> = {
      ...later({ ...row, work: forgetSent(row) }, failure, context),
      state: 'PENDING',
      operationStatus: 'PENDING',
      stateReason: failure.message,
    }
    return settled(patch, [entry(row, 'cluster.settle', 'FAILURE', patch, cause)], intent)
  }
  const error = operationError(failure, row.provider)
  const patch: Partial<NewClusterRow> = { ...ended(row, context.now, 'FAILED', error), state: 'FAILED' }
  return settled(patch, [entry(row, 'cluster.settle', 'FAILURE', patch, cause)], intent)
}

/** It may have happened: from here on only looking can tell. */
function unknownOutcome(
  row: ClusterRow,
  failure: ProviderFailure,
  context: Context,
  intent: NonNullable<Settlement['intent']>,
): Settlement {
  const patch: Partial<NewClusterRow> = {
    ...again({ ...row, work: { ...withoutIntent(row), polls: 0 } }, context),
    operationStatus: 'OUTCOME_UNKNOWN',
    operationError: operationError(failure, row.provider),
    stateReason: 'The answer to the create never arrived; the provider is being asked whether it happened.',
  }
  patch.work = { ...withoutIntent(row), createUnknown: true, emptyLooks: [] }
  const cause = { requestId: failure.requestId, httpStatus: failure.httpStatus, code: failure.code }
  return settled(patch, [entry(row, 'cluster.settle', 'UNKNOWN', patch, cause)], intent)
}

/** A create that certainly did not happen leaves nothing to look for, unless an earlier one might have. */
function forgetSent(row: ClusterRow): ClusterRow['work'] {
  const { createSentTime, ...work } = withoutIntent(row)
  return row.work.createUnknown && createSentTime !== undefined ? { ...work, createSentTime } : work
}
