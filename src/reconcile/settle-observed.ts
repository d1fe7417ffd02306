import { type ClusterState, isOpen, type OperationKind } from '../cluster/cluster.ts'
import type { Access, Observed } from '../cluster/provider.ts'
import type { Settlement } from '../store/claims.ts'
import { type ClusterRow, type NewClusterRow, toCluster } from '../store/cluster-rows.ts'
import { driftOf } from './drift.ts'
import { mergeSpec, observedFacts, reflects } from './merge-observed.ts'
import { again, type Context, ended, entry, settled, withoutIntent } from './settlement.ts'

/** How often an accepted change may look as if it had not happened before it is asked for again. */
const patience = 4

/** A describe may fail for a while after a create that succeeded. */
const newbornGraceMs = 5 * 60_000

/** One look is no proof: so many complete lists in a row must have missed the cluster too. */
export const absentSyncsNeeded = 2

type Verdict = 'done' | 'wait' | 'ask-again' | 'failed'

export function settleObserved(
  row: ClusterRow,
  observed: Observed | null,
  access: Access | null,
  context: Context,
): Settlement {
  if (observed === null) return settleGone(row, context)
  const facts = observedFacts(row, observed, context.now)
  if (access) Object.assign(facts, { access, endpoint: access.endpoint || facts.endpoint })
  const { operation } = toCluster(row)
  if (!isOpen(operation)) return settleSteady(row, observed, facts, context)
  const verdict = judge(row, operation.kind, observed)
  if (verdict === 'done') return settleDone(row, operation.kind, observed, facts, context)
  if (verdict === 'failed') return settleFailed(row, observed, facts, context)
  const waiting = again(row, context)
  const work = { ...withoutIntent(row), ...waiting.work, failures: 0, check: false }
  if (verdict === 'ask-again') Object.assign(work, { accepted: false, polls: 0 })
  const patch: Partial<NewClusterRow> = {
    ...facts,
    ...waiting,
    work,
    ...overdue(row, context),
    operationStatus: verdict === 'wait' ? 'RUNNING' : 'PENDING',
    state: observed.state === 'UNKNOWN' ? 'UNKNOWN' : shownWhile(operation.kind),
  }
  return settled(patch, patch.state === row.state ? [] : [entry(row, 'cluster.observe', 'SUCCESS', patch)])
}

function shownWhile(kind: OperationKind): ClusterState {
  const shown = {
    create: 'CREATING',
    update: 'UPDATING',
    suspend: 'SUSPENDING',
    resume: 'RESUMING',
    delete: 'DELETING',
  } as const
  return shown[kind]
}

/** What an observation means for the operation under way. */
function judge(row: ClusterRow, kind: OperationKind, observed: Observed): Verdict {
  const { state } = observed
  const { accepted = false, polls = 0, change = {} } = row.work
  if (kind === 'delete') return state === 'DELETING' || (accepted && polls < patience) ? 'wait' : 'ask-again'
  if (state === 'UNKNOWN' || state === 'DELETING') return 'wait'
  if (state === 'FAILED') return 'failed'
  if (kind === 'create') return state === 'READY' || state === 'SUSPENDED' ? 'done' : 'wait'
  if (kind === 'update') {
    if (state !== 'READY') return 'wait'
    return accepted && !reflects(observed, change) && polls < patience ? 'wait' : 'ask-again'
  }
  const [goal, from] = kind === 'suspend' ? ['SUSPENDED', 'READY'] : ['READY', 'SUSPENDED']
  if (state === goal) return 'done'
  return state === from && !(accepted && polls < patience) ? 'ask-again' : 'wait'
}

export function settleDone(
  row: ClusterRow,
  kind: OperationKind,
  observed: Observed,
  facts: Partial<NewClusterRow>,
  context: Context,
): Settlement {
  const patch: Partial<NewClusterRow> = {
    ...facts,
    ...ended(row, context.now, 'SUCCEEDED'),
    spec: mergeSpec(row.spec, observed.spec),
    state: observed.state,
    stateReason: observed.stateReason,
    ...(kind === 'create' && observed.state === 'READY' && { readyTime: row.readyTime ?? context.now }),
    // What we brought about ourselves is no drift.
    drift: null,
    ...followUp(row, facts, context),
  }
  const cause = { requestId: observed.requestId }
  return settled(patch, [entry(row, 'cluster.settle', 'SUCCESS', patch, cause)])
}

/** How to reach the cluster is not known yet, and its provider will tell: ask once more, unhurriedly. */
function followUp(row: ClusterRow, facts: Partial<NewClusterRow>, context: Context): Partial<NewClusterRow> {
  const missing = context.adapter.capabilities.kubeconfig && !facts.access && row.access === null
  return missing ? { dueTime: context.now + context.timing.pollMaxMs } : {}
}

function settleFailed(
  row: ClusterRow,
  observed: Observed,
  facts: Partial<NewClusterRow>,
  context: Context,
): Settlement {
  const message = observed.stateReason ?? `The provider says ${observed.providerState}.`
  const error = { code: 'provider-reports-failure', message, retryable: false }
  const patch: Partial<NewClusterRow> = {
    ...facts,
    ...ended(row, context.now, 'FAILED', error),
    state: 'FAILED',
  }
  return settled(patch, [entry(row, 'cluster.settle', 'FAILURE', patch, { requestId: observed.requestId })])
}

/** Nothing is under way: what is seen is what is shown. */
function settleSteady(
  row: ClusterRow,
  observed: Observed,
  facts: Partial<NewClusterRow>,
  context: Context,
): Settlement {
  const moving = ['CREATING', 'UPDATING', 'SUSPENDING', 'RESUMING', 'DELETING'].includes(observed.state)
  const waiting = moving ? again(row, context) : { dueTime: null, work: withoutIntent(row) }
  const patch: Partial<NewClusterRow> = {
    ...facts,
    ...waiting,
    operationNextAttemptTime: null,
    state: observed.state,
    stateReason: observed.stateReason ?? (observed.state === row.state ? row.stateReason : null),
    spec: mergeSpec(row.spec, observed.spec),
    ...(observed.state === 'READY' && { readyTime: row.readyTime ?? context.now }),
  }
  const { drift, audit } = driftOf(row, patch, context.now)
  return settled({ ...patch, ...drift }, audit)
}

/** The provider says plainly that there is no such cluster. */
function settleGone(row: ClusterRow, context: Context): Settlement {
  const { operation } = toCluster(row)
  const { now } = context
  if (isOpen(operation) && operation.kind === 'delete') {
    const patch: Partial<NewClusterRow> = {
      ...ended(row, now, 'SUCCEEDED'),
      state: 'DELETED',
      deleteTime: now,
      endpoint: null,
      access: null,
      credentialState: 'NONE',
      observedTime: now,
      observedVia: 'poll',
    }
    return { ...settled(patch, [entry(row, 'cluster.settle', 'SUCCESS', patch)]), dropCredentials: true }
  }
  const newborn = now - (row.operationStartTime ?? now) < newbornGraceMs
  if (isOpen(operation) && operation.kind === 'create' && newborn) return settled(again(row, context))
  const confirmed = isOpen(operation) || (row.work.absentSyncs ?? 0) >= absentSyncsNeeded
  if (!confirmed) return settled({ dueTime: null, work: withoutIntent(row) })
  const message = 'The provider no longer finds this cluster.'
  const error = { code: 'cluster-missing', message, retryable: false }
  const patch: Partial<NewClusterRow> = {
    ...(isOpen(operation) ? ended(row, now, 'FAILED', error) : { dueTime: null, stateReason: message }),
    // What was never ours is not missed.
    ...(row.management === 'UNMANAGED' ? { state: 'DELETED', deleteTime: now } : { state: 'MISSING' }),
  }
  const audit = row.state === 'MISSING' ? [] : [entry(row, 'cluster.observe', 'FAILURE', patch)]
  return settled(patch, audit)
}

/** An operation that takes longer than its provider ever should is still watched, but says so. */
function overdue(row: ClusterRow, context: Context): Partial<NewClusterRow> {
  const { createTimeoutMs, updateTimeoutMs } = context.adapter.limits
  const limit = row.operationKind === 'create' ? createTimeoutMs : updateTimeoutMs
  const late = context.now - (row.operationStartTime ?? context.now) > limit
  const message = `The ${row.operationKind} takes longer than ${limit / 60_000} minutes; the provider is still being watched.`
  return late
    ? { stateReason: message, operationError: { code: 'overdue', message, retryable: false } }
    : { stateReason: null, operationError: null }
}
