import type { ClusterState, Operation, OperationKind } from '../cluster/cluster.ts'
import { isOpen } from '../cluster/cluster.ts'
import type { NewId } from '../cluster/id.ts'
import type { Begun } from '../store/claims.ts'
import { type ClusterRow, toCluster } from '../store/cluster-rows.ts'

/** What a step does: at most one call that may change something, or a look. `forget` and `rest` need no call at all. */
export type Step = OperationKind | 'look' | 'observe' | 'forget' | 'rest'

const harmless: readonly Step[] = ['look', 'observe', 'forget']

/** The next step for a row. Pure: it sees only what is on disk. A frozen gateway asks for no change. */
export function nextStep(row: ClusterRow, frozen: boolean): Step {
  const step = stepOf(row)
  return frozen && !harmless.includes(step) ? 'rest' : step
}

function stepOf(row: ClusterRow): Step {
  // It is not due while it waits; were it so by mistake, nothing must be asked for.
  if (row.state === 'PENDING_APPROVAL') return 'rest'
  const { operation } = toCluster(row)
  if (!isOpen(operation)) return 'observe'
  const orphaned = row.work.intentId !== undefined
  if (row.externalId === null) return stepWithoutId(row, operation, orphaned)
  if (operation.kind === 'create') return 'observe'
  if (orphaned || row.work.check || row.work.accepted) return 'observe'
  return operation.kind
}

/** Nothing upstream is known to be ours yet. */
function stepWithoutId(row: ClusterRow, operation: Operation, orphaned: boolean): Step {
  const unresolved = orphaned || operation.status === 'OUTCOME_UNKNOWN'
  if (operation.kind === 'create') return unresolved ? 'look' : 'create'
  return unresolved || row.work.createUnknown ? 'look' : 'forget'
}

const workingStates: Record<OperationKind, ClusterState> = {
  create: 'CREATING',
  update: 'UPDATING',
  suspend: 'SUSPENDING',
  resume: 'RESUMING',
  delete: 'DELETING',
}

/** Decides, inside the claim's transaction, what the row and its intent say while the step is under way. */
export function beginStep(row: ClusterRow, step: Step, now: number, newId: NewId): Begun {
  const { intentId, ...work } = row.work
  const orphanedIntentId = intentId ?? null
  const remembered = orphanedIntentId === null ? null : rememberOrphan(row)
  if (step === 'look' || step === 'observe' || step === 'forget' || step === 'rest') {
    return {
      patch: { ...remembered, work: { ...work, ...remembered?.work } },
      intent: null,
      orphanedIntentId,
    }
  }
  const intent = {
    id: newId('op'),
    kind: step,
    attempt: row.operationAttempts + 1,
    upstreamName: row.externalId ?? row.name,
  }
  return {
    patch: {
      state: workingStates[step],
      operationStatus: 'RUNNING',
      operationAttempts: intent.attempt,
      operationNextAttemptTime: null,
      work: {
        ...work,
        intentId: intent.id,
        ...(step === 'create' && sentAt(now, work)),
      },
    },
    intent,
    orphanedIntentId,
  }
}

/** A create that was sent before, and is sent again because looks found nothing, may still land. */
function sentAt(
  now: number,
  { createSentTime, createdAgain }: ClusterRow['work'],
): Partial<ClusterRow['work']> {
  if (createSentTime === undefined) return { createSentTime: now }
  const earlierTime = createdAgain?.lastTime ?? createSentTime
  return { createSentTime, createdAgain: { firstTime: createSentTime, lastTime: now, earlierTime } }
}

/** Whoever made the call died before it could tell how it ended: it may have happened. */
function rememberOrphan(row: ClusterRow) {
  const createUnknown = row.externalId === null && row.work.createSentTime !== undefined
  return {
    ...(isOpen(toCluster(row).operation) && { operationStatus: 'OUTCOME_UNKNOWN' as const }),
    work: createUnknown ? { createUnknown: true, emptyLooks: [] } : { check: true },
  }
}
