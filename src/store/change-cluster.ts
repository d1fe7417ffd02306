import type { AuditAction } from '../cluster/audit.ts'
import { isOpen, type OperationKind } from '../cluster/cluster.ts'
import type { Change as FieldChange } from '../cluster/json.ts'
import { Problem } from '../cluster/problem.ts'
import type { Change } from '../cluster/provider.ts'
import type { Work } from '../cluster/work.ts'
import { recordAudit } from './audit-entries.ts'
import { visibleChanges } from './cluster-changes.ts'
import {
  type ClusterRow,
  type NewClusterRow,
  readClusterRow,
  toCluster,
  updateClusterRow,
} from './cluster-rows.ts'
import { requireFreeName } from './create-cluster.ts'
import { keepAnswer, refuseRepeat } from './idempotency.ts'
import { type Changed, type Mutation, requireMatch } from './mutation.ts'
import type { Store } from './store.ts'

/** Reads the row, lets `decide` say what changes, writes it with its audit entry and the answer to a repeat. */
async function changeCluster(
  store: Store,
  mutation: Mutation,
  id: string,
  action: AuditAction,
  decide: (row: ClusterRow) => Partial<NewClusterRow> | null | Promise<Partial<NewClusterRow> | null>,
  notes: readonly FieldChange[] = [],
): Promise<Changed> {
  return store.write(async (session) => {
    await refuseRepeat(session, mutation.idempotency)
    const before = await readClusterRow(session, id)
    requireMatch(mutation, before.version)
    const patch = await decide(before)
    if (patch?.name !== undefined && patch.name !== before.name) {
      const connection = { id: before.connectionId, name: before.connection }
      await requireFreeName(session, { ...before, connection, name: patch.name })
    }
    const after = patch === null ? before : await updateClusterRow(store, session, before, patch)
    await recordAudit(store, session, mutation.who, {
      action,
      outcome: 'SUCCESS',
      targets: [{ type: 'cluster', id, displayName: after.name }],
      team: after.team,
      changes: patch === null ? [] : [...visibleChanges(before, after), ...notes],
    })
    const answer = { status: 202, headers: {}, body: after.document }
    await keepAnswer(store, session, mutation.idempotency, answer, id)
    return { document: after.document, version: after.version }
  })
}

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
  return changeCluster(store, mutation, id, 'cluster.update', (row) => {
    requireExisting(row)
    const { upstream, ...fields } = decide(row)
    if (upstream.length === 0) return fields
    requireManaged(row)
    requireIdle(row)
    requireState(row, 'update', ['READY'])
    const pick = (from: Change): Change => Object.fromEntries(upstream.map((key) => [key, from[key]]))
    const work = { ...remembered(row.work), change: pick(fields), before: pick(row) }
    return { ...fields, ...startOperation(store, mutation, 'update', work), state: 'UPDATING' }
  })
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
  return changeCluster(store, mutation, id, `cluster.${kind}`, (row) => {
    requireExisting(row)
    requireManaged(row)
    requireIdle(row)
    requireState(row, kind, kind === 'suspend' ? ['READY'] : ['SUSPENDED'])
    const state = kind === 'suspend' ? 'SUSPENDING' : 'RESUMING'
    return { ...startOperation(store, mutation, kind, remembered(row.work)), state }
  })
}

/**
 * Asks for a delete. It takes over from whatever is under way: a create whose outcome is not known yet is looked for
 * first, so that nothing is left behind. A cluster that is being deleted, or is, stays as it is. `residue`, what will
 * remain at the provider, goes into the audit entry.
 */
export function requestDelete(
  store: Store,
  mutation: Mutation,
  id: string,
  residue: string | null = null,
): Promise<Changed> {
  const notes = residue === null ? [] : [{ path: '/residue', before: null, after: residue }]
  const decide = (row: ClusterRow) => {
    if (row.state === 'DELETED') return null
    if (row.operationKind === 'delete' && isOpen(toCluster(row).operation)) return null
    requireManaged(row)
    if (row.deletionProtection) {
      throw new Problem(
        'deletion-protected',
        'deletionProtection is on. PATCH it to false first, if the cluster shall really go.',
      )
    }
    return deletionOf(store, mutation, row)
  }
  return changeCluster(store, mutation, id, 'cluster.delete', decide, notes)
}

/** How a delete begins, whoever asks for it. */
export function deletionOf(store: Store, mutation: Mutation, row: ClusterRow): Partial<NewClusterRow> {
  const unresolved = row.externalId === null ? unresolvedCreate : []
  const work = remembered(row.work, ['intentId', ...unresolved])
  return { ...startOperation(store, mutation, 'delete', work), state: 'DELETING' }
}

/** Stops managing a cluster and leaves it upstream. */
export function releaseCluster(store: Store, mutation: Mutation, id: string): Promise<Changed> {
  return changeCluster(store, mutation, id, 'cluster.release', (row) => {
    requireExisting(row)
    requireManaged(row)
    requireIdle(row)
    if (row.externalId === null) {
      throw new Problem(
        'wrong-state',
        'Nothing of this cluster exists upstream that could be kept. Delete it instead.',
      )
    }
    return { management: 'UNMANAGED', expireTime: null, work: { requestId: mutation.who.requestId } }
  })
}

/** What a create of unknown outcome leaves behind: the name upstream may be held by our own cluster. */
const unresolvedCreate = ['createSentTime', 'createUnknown'] as const

/** The memories that a new operation takes over from the one before. */
function remembered(work: Work, keys: readonly (keyof Work)[] = []): Partial<Work> {
  return Object.fromEntries(
    ['createdAgain' as const, ...keys]
      .filter((key) => work[key] !== undefined)
      .map((key) => [key, work[key]]),
  )
}

/** Asks for a fresh observation. Changes nothing else. Before anything is known upstream there is nothing to observe. */
export function requestRefresh(store: Store, mutation: Mutation, id: string): Promise<Changed> {
  return changeCluster(store, mutation, id, 'cluster.refresh', (row) => {
    requireExisting(row)
    if (row.externalId !== null) return { dueTime: store.clock.now() }
    if (isOpen(toCluster(row).operation)) return null
    throw new Problem('wrong-state', 'Nothing of this cluster is known at the provider. Retry its create.')
  })
}

/** Goes on with a failed operation from where it stopped. */
export function requestRetry(store: Store, mutation: Mutation, id: string): Promise<Changed> {
  return changeCluster(store, mutation, id, 'cluster.retry', (row) => {
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
  })
}

function restoredChange(row: ClusterRow, change: Change): Partial<NewClusterRow> {
  return { ...(change as Partial<NewClusterRow>), spec: change.spec ?? row.spec }
}
