import type { AuditAction, AuditOutcome } from '../cluster/audit.ts'
import type { OperationError, OperationStatus } from '../cluster/cluster.ts'
import type { ProviderFailure } from '../cluster/failure.ts'
import type { Json } from '../cluster/json.ts'
import type { Adapter } from '../cluster/provider.ts'
import type { AuditRecord } from '../store/audit-entries.ts'
import type { Settlement } from '../store/claims.ts'
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
    code: `provider-${failure.kind}`,
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

/** An audit entry of the reconciler about a cluster. */
export function entry(
  row: ClusterRow,
  action: AuditAction,
  outcome: AuditOutcome,
  after: Partial<NewClusterRow>,
  cause?: { requestId: string | null; httpStatus?: number | null; code?: string | null } | null,
): AuditRecord {
  const shown = ['state', 'externalId', 'credentialState', 'operationStatus', 'stateReason'] as const
  const changes = shown
    .filter((field) => after[field] !== undefined && after[field] !== row[field])
    .map((field) => ({
      path: field === 'operationStatus' ? '/operation/status' : `/${field}`,
      before: row[field] as Json,
      after: after[field] as Json,
    }))
  const { requestId = null, httpStatus = null, code = null } = cause ?? {}
  return {
    action,
    outcome,
    targets: [{ type: 'cluster', id: row.id, displayName: row.name }],
    team: row.team,
    ...(cause && { provider: { id: row.provider, requestId, httpStatus, code } }),
    changes,
  }
}

/** The operation's end, well or badly. What the work remembered of the way there goes, except what a retry needs. */
export function ended(
  row: ClusterRow,
  now: number,
  status: Extract<OperationStatus, 'SUCCEEDED' | 'FAILED'>,
  error: OperationError | null = null,
): Partial<NewClusterRow> {
  const { requestId, createSentTime, createUnknown, change, before, doneSteps } = row.work
  const forRetry = { createSentTime, createUnknown, change, before, doneSteps }
  const kept = status === 'FAILED' ? JSON.parse(JSON.stringify(forRetry)) : {}
  return {
    operationStatus: status,
    operationEndTime: now,
    operationNextAttemptTime: null,
    operationError: error,
    stateReason: error?.message ?? null,
    dueTime: null,
    work: { ...kept, requestId },
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
    operationError: operationError(failure, row.provider),
    work: { ...withoutIntent(row), failures },
  }
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
