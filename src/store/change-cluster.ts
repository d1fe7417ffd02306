import { type ClusterState, isOpen, type OperationKind } from '../cluster/cluster.ts'
import type { Change as FieldChange } from '../cluster/json.ts'
import type { PolicyAct } from '../cluster/policy.ts'
import { Problem } from '../cluster/problem.ts'
import type { Change } from '../cluster/provider.ts'
import { lastingWork, type Work } from '../cluster/work.ts'
import { changeCluster } from './apply-change.ts'
import { endedWait } from './approval-columns.ts'
import { type ClusterRow, type NewClusterRow, toCluster } from './cluster-rows.ts'
import type { Changed, Mutation } from './mutation.ts'
import { findPolicy } from './policies.ts'
import type { Session, Store } from './store.ts'

function startOperation(
  store: Store,
  mutation: Mutation,
  kind: OperationKind,
  work: Partial<ClusterRow['work']> = {},
): Partial<NewClusterRow> {
  const now = store.clock.now()
  return {
    operationKind: kind,
    operationStatus: 'PENDING',
    operationStartTime: now,
    operationEndTime: null,
    operationAttempts: 0,
    operationNextAttemptTime: now,
    operationError: null,
    dueTime: now,
    stateReason: null,
    work: { ...work, requestId: mutation.who.requestId },
  }
}

function requireIdle(row: ClusterRow): void {
  const { operation } = toCluster(row)
  if (!isOpen(operation)) return
  throw new Problem(
    'operation-in-progress',
    `The cluster's ${operation.kind} is still ${operation.status}. Wait for it: GET /clusters/${row.id} with Prefer: wait=30.`,
    { members: { cluster: `/clusters/${row.id}` }, retryAfterS: 5 },
  )
}

function requireManaged(row: ClusterRow): void {
  if (row.management !== 'UNMANAGED') return
  throw new Problem('wrong-state', 'The cluster was found upstream and is not managed here.')
}

/** The fields of a cluster that a patch sets; those left out stay. `upstream` is what the provider must be asked to change. */
export interface ClusterPatch {
  displayName?: string
  name?: string
  labels?: Record<string, string>
  deletionProtection?: boolean
  expireTime?: number | null
  spec?: ClusterRow['spec']
  upstream: (keyof Change)[]
}

/**
 * Changes a cluster. `decide` sees the row as it is inside the transaction. What the provider must know starts an
 * update; the rest is done at once.
 */
export function patchCluster(
  store: Store,
  mutation: Mutation,
  id: string,
  decide: (row: ClusterRow) => ClusterPatch,
): Promise<Changed> {
  const decideRow = (row: ClusterRow) => {
    requireExisting(row)
    const { upstream, ...fields } = decide(row)
    if ('expireTime' in fields || 'deletionProtection' in fields) requireManaged(row)
    if (upstream.length === 0) return fields
    requireManaged(row)
    requireIdle(row)
    requireState(row, 'update', ['READY'])
    const pick = (from: Change): Change => Object.fromEntries(upstream.map((key) => [key, from[key]]))
    const work = { ...remembered(row.work), change: pick(fields), before: pick(row) }
    return { ...fields, ...startOperation(store, mutation, 'update', work), state: 'UPDATING' as const }
  }
  return changeCluster(store, mutation, id, { action: 'cluster.update', act: 'update', decide: decideRow })
}

function requireExisting(row: ClusterRow): void {
  if (row.state === 'DELETED') throw new Problem('wrong-state', 'The cluster is deleted.')
}

function requireState(row: ClusterRow, verb: string, states: string[]): void {
  if (states.includes(row.state)) return
  throw new Problem(
    'wrong-state',
    `To ${verb} a cluster it must be ${states.join(' or ')}; it is ${row.state}.`,
  )
}

/** Asks for a suspend or a resume. Refuses while another operation is open, or from another state. */
export function requestPowerChange(
  store: Store,
  mutation: Mutation,
  id: string,
  kind: 'suspend' | 'resume',
): Promise<Changed> {
  const decide = (row: ClusterRow) => {
    requireExisting(row)
    requireManaged(row)
    requireIdle(row)
    requireState(row, kind, kind === 'suspend' ? ['READY'] : ['SUSPENDED'])
    const state: ClusterState = kind === 'suspend' ? 'SUSPENDING' : 'RESUMING'
    return { ...startOperation(store, mutation, kind, remembered(row.work)), state }
  }
  const act = kind === 'resume' ? kind : null
  return changeCluster(store, mutation, id, { action: `cluster.${kind}`, act, decide })
}

/**
 * Asks for a delete. It takes over from whatever is under way: a create whose outcome is not known yet is looked for
 * first, so that nothing is left behind. A cluster that is being deleted, or is, stays as it is. `residue`, what will
 * remain at the provider, and `force`, that it goes in spite of its protection, go into the audit entry.
 */
export function requestDelete(
  store: Store,
  mutation: Mutation,
  id: string,
  { residue = null, force = false }: { residue?: string | null; force?: boolean } = {},
): Promise<Changed> {
  const notes: FieldChange[] = []
  if (residue !== null) notes.push({ path: '/residue', before: null, after: residue })
  if (force) notes.push({ path: '/force', before: null, after: true })
  const decide = (row: ClusterRow) => {
    if (row.state === 'DELETED') return null
    if (row.operationKind === 'delete' && isOpen(toCluster(row).operation)) return null
    requireManaged(row)
    if (row.deletionProtection && !force) {
      throw new Problem(
        'deletion-protected',
        'deletionProtection is on. PATCH it to false first, if the cluster shall really go; an admin may delete it by force, with a reason.',
      )
    }
    return deletionOf(store, mutation, row)
  }
  return changeCluster(store, mutation, id, { action: 'cluster.delete', decide, notes })
}

/** How a delete begins, whoever asks for it. */
export function deletionOf(store: Store, mutation: Mutation, row: ClusterRow): Partial<NewClusterRow> {
  const unresolved = row.externalId === null ? unresolvedCreate : []
  // What it may still be the size of counts until it is gone.
  const resized = isOpen(toCluster(row).operation) ? (['before'] as const) : []
  const work = remembered(row.work, ['intentId', ...unresolved, ...resized])
  const withdrawn = endedWait(row, 'WITHDRAWN', store.clock.now())
  return { ...startOperation(store, mutation, 'delete', work), ...withdrawn, state: 'DELETING' }
}

/**
 * Stops managing a cluster and leaves it upstream. It counts for no quota then, and its expiry does not come; so where
 * a policy limits what the team spends, only those may who may change the policy: `unlimited`. The expiry stays known,
 * for an import to take it up.
 */
export function releaseCluster(
  store: Store,
  mutation: Mutation,
  id: string,
  { unlimited }: { unlimited: boolean },
): Promise<Changed> {
  const decide = async (row: ClusterRow, session: Session) => {
    requireExisting(row)
    requireManaged(row)
    if (!unlimited) await requireUnlimited(session, row.team)
    requireIdle(row)
    if (row.externalId === null) {
      throw new Problem(
        'wrong-state',
        'Nothing of this cluster exists upstream that could be kept. Delete it instead.',
      )
    }
    return { management: 'UNMANAGED' as const, work: { requestId: mutation.who.requestId } }
  }
  return changeCluster(store, mutation, id, { action: 'cluster.release', decide })
}

async function requireUnlimited(session: Session, team: string): Promise<void> {
  const { applies } = await findPolicy(session, team)
  const limits = (['quotas', 'approval', 'lifetime'] as const).filter((rule) => applies?.rules[rule])
  if (limits.length === 0) return
  throw new Problem(
    'forbidden',
    `The policy of the team ${team} sets ${limits.join(', ')}, which what is released passes by: it takes an admin of all teams. Delete the cluster instead.`,
  )
}

/** What a create of unknown outcome leaves behind: the name upstream may be held by our own cluster. */
const unresolvedCreate = ['createSentTime', 'createUnknown'] as const

/** The memories that a new operation takes over from the one before. */
function remembered(work: Work, keys: readonly (keyof Work)[] = []): Partial<Work> {
  const picked = keys.filter((key) => work[key] !== undefined).map((key) => [key, work[key]])
  return { ...lastingWork(work), ...Object.fromEntries(picked) }
}

/** Asks for a fresh observation. Changes nothing else. Before anything is known upstream there is nothing to observe. */
export function requestRefresh(store: Store, mutation: Mutation, id: string): Promise<Changed> {
  const decide = (row: ClusterRow) => {
    requireExisting(row)
    if (row.externalId !== null) return { dueTime: store.clock.now() }
    if (isOpen(toCluster(row).operation)) return null
    throw new Problem('wrong-state', 'Nothing of this cluster is known at the provider. Retry its create.')
  }
  return changeCluster(store, mutation, id, { action: 'cluster.refresh', decide })
}

/** Goes on with a failed operation from where it stopped. */
export function requestRetry(store: Store, mutation: Mutation, id: string): Promise<Changed> {
  const decide = (row: ClusterRow) => {
    requireExisting(row)
    if (row.operationStatus !== 'FAILED' || row.operationKind === null) {
      throw new Problem(
        'wrong-state',
        'Only a failed operation can be tried again; the last one did not fail.',
      )
    }
    const { change } = row.work
    const work = remembered(row.work, [...unresolvedCreate, 'change', 'before', 'doneSteps'])
    const states = {
      create: 'PENDING',
      update: 'UPDATING',
      suspend: 'SUSPENDING',
      resume: 'RESUMING',
      delete: 'DELETING',
    } as const
    return {
      ...startOperation(store, mutation, row.operationKind, work),
      ...(change && row.operationKind === 'update' && restoredChange(row, change)),
      state: states[row.operationKind],
    }
  }
  return changeCluster(store, mutation, id, { action: 'cluster.retry', act: retriedAct, decide })
}

/** As what a policy sees a retry. A create of which nothing is known upstream asks for all anew. */
function retriedAct(row: ClusterRow): PolicyAct | null {
  if (row.operationKind === 'create') return row.externalId === null ? 'create' : 'resume'
  return row.operationKind === 'update' || row.operationKind === 'resume' ? row.operationKind : null
}

function restoredChange(row: ClusterRow, change: Change): Partial<NewClusterRow> {
  return { ...(change as Partial<NewClusterRow>), spec: change.spec ?? row.spec }
}
