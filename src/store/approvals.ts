import { and, asc, isNotNull, lte, sql } from 'drizzle-orm'
import { type Attribution, type Role, reconcilerActor } from '../cluster/actor.ts'
import type { ApproverRole } from '../cluster/policy.ts'
import { Problem } from '../cluster/problem.ts'
import { makersOf } from './api-keys.ts'
import { changeCluster } from './apply-change.ts'
import { askersOf, endedWait, namesOf, partiesOf, share } from './approval-columns.ts'
import { recordAudit } from './audit-entries.ts'
import { aboutCluster, visibleChanges } from './cluster-changes.ts'
import { type ClusterRow, type NewClusterRow, updateClusterRow } from './cluster-rows.ts'
import type { Changed, Mutation } from './mutation.ts'
import { findPolicy } from './policies.ts'
import { fixedLimit } from './statements.ts'
import type { Session, Store } from './store.ts'

/** Who decides about a create that waits: by which roles in its team, and why. */
export interface Decider {
  roles: readonly Role[]
  reason: string | null
}

/**
 * Lets a create go on that waited. The policy is asked again: it may have changed, and so may what the team holds.
 * Refuses whoever asked for it, who has not the role, and what is not allowed any more.
 */
export function approveCluster(
  store: Store,
  mutation: Mutation,
  id: string,
  decider: Decider,
): Promise<Changed> {
  return changeCluster(store, mutation, id, {
    action: 'cluster.approve',
    act: 'approve',
    decide: async (row, session) => {
      const now = store.clock.now()
      requireWaiting(row, now)
      await requireSecond(session, row, mutation.who, decider)
      return {
        ...endedWait(row, 'APPROVED', now, decidedBy(mutation.who, decider)),
        state: 'PENDING',
        stateReason: null,
        operationStartTime: now,
        operationNextAttemptTime: now,
        dueTime: now,
        work: { ...row.work, requestId: mutation.who.requestId },
      }
    },
  })
}

/** Ends a create that waited. Whoever may approve may reject; whoever asked deletes it instead. */
export function rejectCluster(
  store: Store,
  mutation: Mutation,
  id: string,
  decider: Decider & { reason: string },
): Promise<Changed> {
  return changeCluster(store, mutation, id, {
    action: 'cluster.reject',
    status: 200,
    decide: async (row, session) => {
      const now = store.clock.now()
      requireWaiting(row, now)
      await requireSecond(session, row, mutation.who, decider)
      const ended = endedWait(row, 'REJECTED', now, decidedBy(mutation.who, decider))
      return { ...ended, ...failed('approval-rejected', `It was not approved: ${decider.reason}`, now) }
    },
  })
}

function requireWaiting(row: ClusterRow, now: number): void {
  if (row.state !== 'PENDING_APPROVAL') {
    const detail = `Only a cluster in PENDING_APPROVAL can be decided about; it is ${row.state}.`
    throw new Problem('wrong-state', detail)
  }
  if ((row.approval?.expireTime ?? 0) > now) return
  throw new Problem('wrong-state', 'Nobody decided in time: the request has run out.')
}

/** Somebody else than asked, who has the stricter of the roles that were asked for then and are now. */
async function requireSecond(
  session: Session,
  row: ClusterRow,
  who: Attribution,
  { roles }: Decider,
): Promise<void> {
  const { approval, team } = row
  const makers = await makersOf(session, who.actor)
  if (share([...partiesOf(who), ...makers.flatMap(namesOf)], askersOf(row))) {
    const detail = 'Whoever asked for a cluster cannot decide about it, nor can a key that they made.'
    throw new Problem('forbidden', `${detail} Ask somebody else.`)
  }
  const { applies } = await findPolicy(session, team)
  const role: ApproverRole =
    approval?.role === 'admin' ? 'admin' : (applies?.rules.approval?.role ?? approval?.role ?? 'admin')
  if (roles.includes('admin') || roles.includes(role)) return
  throw new Problem('forbidden', `The policy asks for an ${role} of the team ${team} to decide.`)
}

function decidedBy({ actor }: Attribution, { reason }: Decider) {
  const { type, id, displayName } = actor
  return { decidedBy: { type, id, displayName }, reason }
}

/** The end of a create of which the provider never heard. */
function failed(code: string, message: string, now: number): Partial<NewClusterRow> {
  return {
    state: 'FAILED',
    stateReason: message,
    operationStatus: 'FAILED',
    operationEndTime: now,
    operationNextAttemptTime: null,
    operationError: { code, message, retryable: false },
    dueTime: null,
  }
}

const batchSize = 100

/** Ends the creates about which nobody decided in time. Answers how many. */
export async function expireApprovals(store: Store): Promise<number> {
  const now = store.clock.now()
  if ((await rowsDue(store.reader, now)).length === 0) return 0
  return store.write(async (session) => {
    const rows = await rowsDue(session, now)
    for (const row of rows) await expire(store, session, row, now)
    return rows.length
  })
}

async function expire(store: Store, session: Session, row: ClusterRow, now: number): Promise<void> {
  const after = await updateClusterRow(store, session, row, {
    ...endedWait(row, 'EXPIRED', now),
    ...failed('approval-expired', 'Nobody approved it in time.', now),
  })
  const context = { ip: null, userAgent: null, interface: 'reconciler' } as const
  const who = { actor: reconcilerActor, requestId: row.work.requestId, context }
  await recordAudit(store, session, who, {
    action: 'cluster.approval-expire',
    outcome: 'SUCCESS',
    ...aboutCluster(row),
    changes: visibleChanges(row, after),
  })
}

function rowsDue(session: Session, now: number): Promise<ClusterRow[]> {
  const { clusters } = session.tables
  const statement = session.prepared('approvals that run out', ({ db }) =>
    db
      .select()
      .from(clusters)
      .where(
        and(isNotNull(clusters.approvalExpireTime), lte(clusters.approvalExpireTime, sql.placeholder('now'))),
      )
      .orderBy(asc(clusters.approvalExpireTime))
      .limit(fixedLimit(batchSize))
      .prepare(),
  )
  return statement.execute({ now })
}
