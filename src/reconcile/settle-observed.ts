import { type ClusterState, isOpen, type OperationKind } from '../cluster/cluster.ts'
import type { Access, Observed } from '../cluster/provider.ts'
import { lastingWork, type Work } from '../cluster/work.ts'
import type { Settlement } from '../store/claims.ts'
import { type ClusterRow, type NewClusterRow, toCluster } from '../store/cluster-rows.ts'
import { driftOf } from './drift.ts'
import { mergeSpec, observedFacts, reflects } from './merge-observed.ts'
import { goneId } from './settle-look.ts'
import {
  again,
  type Context,
  ended,
  entry,
  isProof,
  overtaken,
  settled,
  withoutIntent,
} from './settlement.ts'

/** How often an accepted change may look as if it had not happened before it is asked for again. */
const patience = 4

/** An update of several steps makes them one after another: it lingers less between them. */
const updatePatience = 2

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
  // While it is busy it is looked at: what was asked may be what it is busy with.
  const { emptyLooks: _, ...work } = { ...withoutIntent(row), ...waiting.work, failures: 0, check: true }
  if (verdict === 'ask-again') Object.assign(work, { check: false, accepted: false, polls: 0 })
  if (observed.state === 'DELETING') Object.assign(work, { seenDeleting: true })
  const patch: Partial<NewClusterRow> = {
    ...facts,
    ...waiting,
    work,
    ...overdue(row, context),
    operationStatus: verdict === 'wait' ? 'RUNNING' : 'PENDING',
    state: observed.state === 'UNKNOWN' ? 'UNKNOWN' : shownWhile(operation.kind),
  }
  return settled(patch, patch.state === row.state ? [] : [entry(row, 'cluster.observe', 'SUCCESS')])
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
    // Somebody suspended it meanwhile: what is at rest will not become ready by waiting.
    if (state === 'SUSPENDED') return 'failed'
    if (state !== 'READY') return 'wait'
    return accepted && !reflects(observed, change) && polls < updatePatience ? 'wait' : 'ask-again'
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
  return settled(patch, [entry(row, 'cluster.settle', 'SUCCESS', cause)])
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
  // Only an update has something to show again that it was to change.
  const { before = {} } = row.work
  const patch: Partial<NewClusterRow> = {
    ...facts,
    ...before,
    ...ended(row, context.now, 'FAILED', error),
    spec: mergeSpec(before.spec ?? row.spec, observed.spec),
    state: observed.state,
  }
  return settled(patch, [entry(row, 'cluster.settle', 'FAILURE', { requestId: observed.requestId })])
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

/** The provider says plainly that there is no such cluster. It may say so for a while of one that it has just made. */
function settleGone(row: ClusterRow, context: Context): Settlement {
  const { operation } = toCluster(row)
  if (!isOpen(operation)) return settleAbsent(row, context)
  const { accepted = false, seenDeleting = false } = row.work
  const emptyLooks = [...(row.work.emptyLooks ?? []), context.now]
  const proven = isProof(emptyLooks, context.timing.lookGapMs)
  if (operation.kind === 'delete') {
    if (seenDeleting || (accepted && proven)) return settleDeleted(row, context)
    // It is asked to go all the same: to delete what is gone already is a success.
    if (!accepted) return overtaken({ ...row, work: { ...row.work, check: false } }, context)
  }
  const newborn = context.now - (row.observedTime ?? 0) < newbornGraceMs
  if (!proven || (operation.kind === 'create' && newborn)) {
    return settled(again({ ...row, work: { ...row.work, emptyLooks, check: true } }, context))
  }
  const error = { code: 'cluster-missing', message: noLongerFound, retryable: false }
  const patch: Partial<NewClusterRow> = { ...ended(row, context.now, 'FAILED', error), state: 'MISSING' }
  return settled(patch, [entry(row, 'cluster.observe', 'FAILURE')])
}

const noLongerFound = 'The provider no longer finds this cluster.'

function settleDeleted(row: ClusterRow, context: Context): Settlement {
  const { now } = context
  const patch: Partial<NewClusterRow> = {
    ...(searchForSecond(row, context) ?? {
      ...ended(row, now, 'SUCCEEDED'),
      externalId: goneId(row),
      state: 'DELETED',
      deleteTime: now,
    }),
    endpoint: null,
    access: null,
    credentialState: 'NONE',
    observedTime: now,
    observedVia: 'poll',
  }
  return { ...settled(patch, [entry(row, 'cluster.settle', 'SUCCESS')]), dropCredentials: true }
}

/**
 * A create that was sent twice may have been carried out twice, the second time once the name was free again: after
 * the delete it is looked for by its name until no call can be under way any more.
 */
function searchForSecond(row: ClusterRow, context: Context): Partial<NewClusterRow> | null {
  const { createdAgain } = row.work
  if (!createdAgain || context.now - createdAgain.lastTime > context.timing.leaseMs) return null
  const goneExternalId = goneId(row)
  const searching: Work = {
    ...lastingWork(row.work),
    createSentTime: createdAgain.firstTime,
    createUnknown: true,
    // As if nothing had been found when the last was sent: what is given up is looked for as long as a lease from there.
    emptyLooks: [createdAgain.lastTime],
    ...(goneExternalId !== null && { goneExternalId }),
  }
  const waiting = again({ ...row, work: searching }, context)
  return { ...waiting, externalId: null, operationStatus: 'RUNNING' }
}

/** Nothing is under way: one look alone does not make a cluster missing. */
function settleAbsent(row: ClusterRow, { now }: Context): Settlement {
  const confirmed = row.absentSyncs >= absentSyncsNeeded
  if (!confirmed) return settled({ dueTime: null, work: withoutIntent(row) })
  const patch: Partial<NewClusterRow> = {
    dueTime: null,
    stateReason: noLongerFound,
    // What was never ours is not missed.
    ...(row.management === 'UNMANAGED' ? { state: 'DELETED', deleteTime: now } : { state: 'MISSING' }),
  }
  return settled(patch, row.state === 'MISSING' ? [] : [entry(row, 'cluster.observe', 'FAILURE')])
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
