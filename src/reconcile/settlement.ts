import type { AuditAction, AuditOutcome } from '../cluster/audit.ts'
import type { OperationError, OperationStatus } from '../cluster/cluster.ts'
import type { ProviderFailure } from '../cluster/failure.ts'
import type { Adapter } from '../cluster/provider.ts'
import { lastingWork } from '../cluster/work.ts'
import type { AuditRecord } from '../store/audit-entries.ts'
import type { Settlement } from '../store/claims.ts'
import { aboutCluster } from '../store/cluster-changes.ts'
import type { ClusterRow, NewClusterRow } from '../store/cluster-rows.ts'
import { pollDelayMs, type Random, retryDelayMs, type Timing } from './timing.ts'

/** What deciding needs besides the row and the finding. */
export interface Context {
  adapter: Adapter
  timing: Timing
  random: Random
  now: number
}

/** A provider's failure as an operation shows it. */
export function operationError(failure: ProviderFailure, provider: string): OperationError {
  return {
    // It is the gateway that refuses, not the provider.
    code: failure.kind === 'address-refused' ? 'upstream-address-refused' : `provider-${failure.kind}`,
    message: failure.message,
    retryable: failure.retryable,
    provider: {
      id: provider,
      httpStatus: failure.httpStatus,
      code: failure.code,
      message: failure.message,
      requestId: failure.requestId,
    },
  }
}

/** An audit entry of the reconciler about a cluster. What changed is added where it is written. */
export function entry(
  row: ClusterRow,
  action: AuditAction,
  outcome: AuditOutcome,
  cause?: { requestId: string | null; httpStatus?: number | null; code?: string | null } | null,
): AuditRecord {
  const { requestId = null, httpStatus = null, code = null } = cause ?? {}
  return {
    action,
    outcome,
    ...aboutCluster(row),
    ...(cause && { provider: { id: row.provider, requestId, httpStatus, code } }),
  }
}

/** The operation's end, well or badly. What the work remembered of the way there goes, except what a retry needs. */
export function ended(
  row: ClusterRow,
  now: number,
  status: Extract<OperationStatus, 'SUCCEEDED' | 'FAILED'>,
  error: OperationError | null = null,
): Partial<NewClusterRow> {
  const { createSentTime, createUnknown, change, before, doneSteps } = row.work
  const forRetry = { createSentTime, createUnknown, change, before, doneSteps }
  const kept = status === 'FAILED' ? JSON.parse(JSON.stringify(forRetry)) : {}
  return {
    operationStatus: status,
    operationEndTime: now,
    operationNextAttemptTime: null,
    operationError: error,
    stateReason: error?.message ?? null,
    dueTime: null,
    work: { ...kept, ...lastingWork(row.work) },
  }
}

/** Look again after a while that grows. */
export function again(row: ClusterRow, context: Context): Partial<NewClusterRow> {
  const polls = (row.work.polls ?? 0) + 1
  const dueTime = context.now + pollDelayMs(context.timing, polls - 1, context.random)
  return { dueTime, operationNextAttemptTime: dueTime, work: { ...withoutIntent(row), polls } }
}

/** A call failed for now: the same step again, later. */
export function later(row: ClusterRow, failure: ProviderFailure, context: Context): Partial<NewClusterRow> {
  const failures = (row.work.failures ?? 0) + 1
  const delay = retryDelayMs(context.timing, failures, failure.retryAfterMs, context.random)
  const dueTime = context.now + delay
  return {
    dueTime,
    operationNextAttemptTime: dueTime,
    operationError: newsIn(operationError(failure, row.provider), row.operationError),
    work: { ...withoutIntent(row), failures },
  }
}

/** The same failure once more, under another request id, is no news. */
function newsIn(error: OperationError, known: OperationError | null): OperationError {
  return known?.code === error.code && known.message === error.message ? known : error
}

/** Looks apart in time, all of them in vain, prove that there is nothing to be found. */
export function isProof(emptyLooks: readonly number[], gapMs: number): boolean {
  const [first = 0, last = first] = [emptyLooks[0], emptyLooks.at(-1)]
  return emptyLooks.length > 1 && last - first >= gapMs
}

/** Things went on without this step, which was made for what was to be done before: only how it ended is kept. */
export function overtaken(
  row: ClusterRow,
  context: Context,
  audit: AuditRecord[] = [],
  intent: Settlement['intent'] = null,
): Settlement {
  return settled({ dueTime: context.now, work: withoutIntent(row) }, audit, intent)
}

/** What an entry says of the call that failed. */
export function causeOf({ requestId, httpStatus, code }: ProviderFailure) {
  return { requestId, httpStatus, code }
}

export function withoutIntent(row: ClusterRow): ClusterRow['work'] {
  const { intentId: _, ...work } = row.work
  return work
}

/** The usual settlement: a patch, and at most one entry. */
export function settled(
  patch: Partial<NewClusterRow>,
  audit: AuditRecord[] = [],
  intent: Settlement['intent'] = null,
): Settlement {
  return { patch, audit, intent }
}

export function failedIntent(failure: ProviderFailure, provider: string): NonNullable<Settlement['intent']> {
  return {
    outcome: failure.applied === 'unknown' ? 'UNKNOWN' : 'FAILED',
    providerRequestId: failure.requestId,
    error: operationError(failure, provider),
  }
}
