import type { ProviderFailure } from '../cluster/failure.ts'
import type { Created } from '../cluster/provider.ts'
import { lastingWork, withLastAnswered } from '../cluster/work.ts'
import type { Settlement } from '../store/claims.ts'
import type { ClusterRow, NewClusterRow } from '../store/cluster-rows.ts'
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

/** The provider took the create. Its answer may carry a password that is never given again. */
export function settleCreated(
  row: ClusterRow,
  created: Created,
  leaseHeld: boolean,
  context: Context,
): Settlement {
  const cause = { requestId: created.requestId, httpStatus: 200 }
  const audit = [entry(row, 'cluster.settle', 'SUCCESS', cause)]
  const intent = { outcome: 'SUCCEEDED' as const, providerRequestId: created.requestId }
  const known = row.externalId !== null
  if (known && (row.externalId !== created.externalId || row.state === 'DELETED')) {
    return settled({}, audit, intent)
  }
  const { credentials } = created
  const given = context.adapter.capabilities.credentials ? 'LOST' : 'NONE'
  const patch: Partial<NewClusterRow> = {
    externalId: created.externalId,
    credentialState: credentials === null ? given : 'AVAILABLE',
    providerDetails: { ...row.providerDetails, ...created.observed?.details, ...created.details },
    ...(!known && goesOn(row, created, leaseHeld, context)),
  }
  if (credentials === null) return settled(patch, audit, intent)
  audit.push(entry(row, 'credential.store', 'SUCCESS'))
  return { ...settled(patch, audit, intent), credentials }
}

/** The create is known to have happened: what it was for goes on, be it a delete that took over, or was even over. */
function goesOn(
  row: ClusterRow,
  created: Created,
  leaseHeld: boolean,
  context: Context,
): Partial<NewClusterRow> {
  const { intentId } = row.work
  const work = leaseHeld
    ? lastingWork(withLastAnswered(row.work))
    : // Whoever has the lease now may have a call of its own under way.
      { ...lastingWork(row.work), ...(intentId !== undefined && { intentId }) }
  const seen: Partial<NewClusterRow> = {
    providerState: created.observed?.providerState ?? row.providerState,
    observedTime: context.now,
    observedVia: 'create',
    operationEndTime: null,
    operationError: null,
    stateReason: null,
    deleteTime: null,
  }
  if (row.operationKind === 'create') {
    const waiting = again({ ...row, work }, context)
    return {
      ...seen,
      ...waiting,
      work: { ...waiting.work, ...work },
      operationStatus: 'RUNNING',
      state: 'CREATING',
    }
  }
  return { ...seen, dueTime: context.now, work, operationStatus: 'PENDING', state: 'DELETING' }
}

export function settleCreateFailure(
  before: ClusterRow,
  failure: ProviderFailure,
  context: Context,
): Settlement {
  const answered = failure.applied !== 'unknown'
  const row = answered ? { ...before, work: withLastAnswered(before.work) } : before
  const intent = failedIntent(failure, row.provider)
  const failed = [entry(row, 'cluster.settle', 'FAILURE', causeOf(failure))]
  const maybeOurs = failure.kind === 'name-taken' && row.work.createUnknown === true
  if (!answered || maybeOurs) return unknownOutcome(row, failure, context, intent)
  const work = forgetSent(row)
  if (row.operationKind !== 'create') return overtaken({ ...row, work }, context, failed, intent)
  if (failure.retryable) {
    const patch: Partial<NewClusterRow> = {
      ...later({ ...row, work }, failure, context),
      state: 'PENDING',
      operationStatus: 'PENDING',
      stateReason: failure.message,
    }
    return settled(patch, failed, intent)
  }
  const error = operationError(failure, row.provider)
  return settled({ ...ended(row, context.now, 'FAILED', error), state: 'FAILED' }, failed, intent)
}

/** It may have happened: from here on only looking can tell. */
function unknownOutcome(
  row: ClusterRow,
  failure: ProviderFailure,
  context: Context,
  intent: NonNullable<Settlement['intent']>,
): Settlement {
  const error = operationError(failure, row.provider)
  const failures = (row.work.failures ?? 0) + 1
  const work = { ...withoutIntent(row), createUnknown: true, createError: error, emptyLooks: [], failures }
  const waiting = again({ ...row, work: { ...work, polls: 0 } }, context)
  const dueTime = Math.max(waiting.dueTime ?? 0, context.now + (failure.retryAfterMs ?? 0))
  const patch: Partial<NewClusterRow> = {
    ...waiting,
    dueTime,
    operationNextAttemptTime: dueTime,
    operationStatus: 'OUTCOME_UNKNOWN',
    operationError: error,
    stateReason: 'The answer to the create never arrived; the provider is being asked whether it happened.',
  }
  return settled(patch, [entry(row, 'cluster.settle', 'UNKNOWN', causeOf(failure))], intent)
}

/** A create that certainly did not happen leaves nothing to look for, unless an earlier one might have. */
function forgetSent(row: ClusterRow): ClusterRow['work'] {
  const { createSentTime, ...work } = withoutIntent(row)
  return row.work.createUnknown && createSentTime !== undefined ? { ...work, createSentTime } : work
}
