import type { OperationError } from '../cluster/cluster.ts'
import type { Observed } from '../cluster/provider.ts'
import type { Settlement } from '../store/claims.ts'
import type { ClusterRow, NewClusterRow } from '../store/cluster-rows.ts'
import { observedFacts } from './merge-observed.ts'
import { wantedOf } from './perform.ts'
import { again, type Context, ended, entry, settled, withoutIntent } from './settlement.ts'

/** Times come in whole seconds from some providers, and a request is under way for a moment. */
const clockToleranceMs = 5000

/** The provider was asked what of a create of unknown outcome is there. */
export function settleLook(
  row: ClusterRow,
  found: Observed[],
  providerTime: number | null,
  context: Context,
): Settlement {
  const ours = found.find((observed) => isOurs(row, observed, providerTime, context))
  if (ours) return adopt(row, ours, context)
  if (found.length > 0) return nameTaken(row, found, context)
  const emptyLooks = [...(row.work.emptyLooks ?? []), context.now]
  const apart = context.now - (emptyLooks[0] ?? context.now)
  if (emptyLooks.length < 2 || apart < context.timing.lookGapMs) {
    const patch = again({ ...row, work: { ...row.work, emptyLooks } }, context)
    const wait = Math.max(context.timing.lookGapMs - apart, context.timing.pollInitialMs)
    const dueTime = Math.max(patch.dueTime ?? 0, context.now + wait)
    return settled({ ...patch, dueTime, operationNextAttemptTime: dueTime })
  }
  return neverHappened(row, context)
}

/** Ours is what matches what was asked for and is not older than the asking, by the provider's own clock. */
function isOurs(row: ClusterRow, seen: Observed, providerTime: number | null, context: Context): boolean {
  if (!context.adapter.matches(wantedOf(row), seen)) return false
  if (seen.createTime === null || row.work.createSentTime === undefined) return true
  const providerAhead = providerTime === null ? 0 : providerTime - context.now
  return seen.createTime - providerAhead >= row.work.createSentTime - clockToleranceMs
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
    work: { requestId: row.work.requestId },
  }
  const status = row.operationKind === 'create' ? 'RUNNING' : 'PENDING'
  const patch = { ...facts, operationStatus: status } as const
  return settled(patch, [entry(row, 'cluster.adopt', 'SUCCESS', patch, { requestId: observed.requestId })])
}

function nameTaken(row: ClusterRow, found: Observed[], context: Context): Settlement {
  const other = found[0]?.externalId ?? 'another cluster'
  const error: OperationError = {
    code: 'provider-name-taken',
    message: `The provider has another cluster of this name (${other}), older than this request or unlike it.`,
    retryable: false,
  }
  if (row.operationKind === 'delete') return nothingThere(row, context)
  const patch: Partial<NewClusterRow> = { ...ended(row, context.now, 'FAILED', error), state: 'FAILED' }
  return settled(patch, [entry(row, 'cluster.settle', 'FAILURE', patch)])
}

/** Two complete looks, apart in time, found nothing: it may be asked for again. */
function neverHappened(row: ClusterRow, context: Context): Settlement {
  if (row.operationKind === 'delete') return nothingThere(row, context)
  const { emptyLooks: _, polls: __, ...work } = withoutIntent(row)
  const patch: Partial<NewClusterRow> = {
    operationStatus: 'PENDING',
    state: 'PENDING',
    stateReason: null,
    dueTime: context.now,
    operationNextAttemptTime: context.now,
    work,
  }
  return settled(patch, [entry(row, 'cluster.settle', 'FAILURE', patch)])
}

/** A delete of a cluster that never came to be. */
export function nothingThere(row: ClusterRow, context: Context): Settlement {
  const patch: Partial<NewClusterRow> = {
    ...ended(row, context.now, 'SUCCEEDED'),
    state: 'DELETED',
    deleteTime: context.now,
  }
  return settled(patch, [entry(row, 'cluster.settle', 'SUCCESS', patch)])
}
