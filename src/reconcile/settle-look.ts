import type { OperationError } from '../cluster/cluster.ts'
import type { Observed } from '../cluster/provider.ts'
import { createsEnd, lastingWork } from '../cluster/work.ts'
import type { Settlement } from '../store/claims.ts'
import type { ClusterRow, NewClusterRow } from '../store/cluster-rows.ts'
import { observedFacts } from './merge-observed.ts'
import { wantedOf } from './perform.ts'
import { again, type Context, ended, entry, isProof, settled, withoutIntent } from './settlement.ts'
import { retryDelayMs } from './timing.ts'

/** Times come in whole seconds from some providers; where one does not tell its own time, its clock may be off. */
const toleranceMs = { clockKnown: 2000, clockUnknown: 5000 }

/** The provider was asked what of a create of unknown outcome is there. */
export function settleLook(
  row: ClusterRow,
  found: Observed[],
  providerTime: number | null,
  context: Context,
): Settlement {
  const ours = found.find((observed) => isOurs(row, observed, providerTime, context))
  if (ours) return adopt(row, ours, context)
  if (found.length > 0 && row.operationKind === 'create') return nameTaken(row, found, context)
  const emptyLooks = [...(row.work.emptyLooks ?? []), context.now]
  if (isProof(emptyLooks, lookGap(row, context))) return neverHappened(row, context)
  const waiting = again({ ...row, work: { ...row.work, emptyLooks } }, context)
  const dueTime = Math.max(waiting.dueTime ?? 0, (emptyLooks[0] ?? context.now) + context.timing.lookGapMs)
  return settled({ ...waiting, dueTime, operationNextAttemptTime: dueTime })
}

/**
 * What is asked for again is guarded by its name, should the first call land after all. What is given up is not: it
 * is looked for until no call can be under way any more.
 */
function lookGap(row: ClusterRow, { timing }: Context): number {
  return row.operationKind === 'create' ? timing.lookGapMs : timing.leaseMs
}

/**
 * Ours is what matches what was asked for and came to be while we may have been asking, by the provider's own clock.
 * The end needs no tolerance: a lease outlives the calls that are made under it.
 */
function isOurs(row: ClusterRow, seen: Observed, providerTime: number | null, context: Context): boolean {
  if (!context.adapter.matches(wantedOf(row), seen)) return false
  const { createSentTime } = row.work
  if (seen.createTime === null || createSentTime === undefined) return true
  const providerAhead = providerTime === null ? 0 : providerTime - context.now
  const tolerance = providerTime === null ? toleranceMs.clockUnknown : toleranceMs.clockKnown
  const createTime = seen.createTime - providerAhead
  const end = createsEnd(row.work, context.timing.leaseMs) ?? Number.POSITIVE_INFINITY
  return createTime >= createSentTime - tolerance && createTime <= end
}

function adopt(row: ClusterRow, observed: Observed, context: Context): Settlement {
  const facts: Partial<NewClusterRow> = {
    ...observedFacts(row, observed, context.now),
    externalId: observed.externalId,
    // The password was in the answer that never arrived.
    credentialState: context.adapter.capabilities.credentials ? 'LOST' : 'NONE',
    operationError: null,
    stateReason: null,
    dueTime: context.now,
    work: lastingWork(row.work),
  }
  const creating = row.operationKind === 'create'
  const patch = { ...facts, operationStatus: creating ? ('RUNNING' as const) : ('PENDING' as const) }
  return settled(patch, [entry(row, 'cluster.adopt', 'SUCCESS', { requestId: observed.requestId })])
}

function nameTaken(row: ClusterRow, found: Observed[], context: Context): Settlement {
  const other = found[0]?.externalId ?? 'another cluster'
  const error: OperationError = {
    code: 'provider-name-taken',
    message: `The provider has another cluster of this name (${other}), older than this request or unlike it.`,
    retryable: false,
  }
  const patch: Partial<NewClusterRow> = { ...ended(row, context.now, 'FAILED', error), state: 'FAILED' }
  return settled(patch, [entry(row, 'cluster.settle', 'FAILURE')])
}

/** Looks apart in time found nothing: it may be asked for again, unless that is pointless. */
function neverHappened(row: ClusterRow, context: Context): Settlement {
  if (row.operationKind === 'delete') return nothingThere(row, context)
  const failed = [entry(row, 'cluster.settle', 'FAILURE')]
  const { emptyLooks: _, polls: __, createError, ...work } = withoutIntent(row)
  if (createError && !createError.retryable) {
    return settled({ ...ended(row, context.now, 'FAILED', createError), state: 'FAILED' }, failed)
  }
  const dueTime = context.now + retryDelayMs(context.timing, work.failures ?? 1, null, context.random)
  const patch: Partial<NewClusterRow> = {
    operationStatus: 'PENDING',
    state: 'PENDING',
    stateReason: null,
    dueTime,
    operationNextAttemptTime: dueTime,
    work,
  }
  return settled(patch, failed)
}

/** The id by which a cluster was known that is gone, whatever else was found and deleted after it. */
export function goneId({ externalId, work }: ClusterRow): string | null {
  return work.goneExternalId ?? externalId
}

/** A delete of a cluster that never came to be. */
export function nothingThere(row: ClusterRow, context: Context): Settlement {
  const patch: Partial<NewClusterRow> = {
    ...ended(row, context.now, 'SUCCEEDED'),
    externalId: goneId(row),
    state: 'DELETED',
    deleteTime: context.now,
  }
  return settled(patch, [entry(row, 'cluster.settle', 'SUCCESS')])
}
