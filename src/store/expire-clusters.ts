import { and, asc, eq, isNotNull, lte, sql } from 'drizzle-orm'
import { reconcilerActor } from '../cluster/actor.ts'
import { toRfc3339 } from '../cluster/clock.ts'
import { isOpen } from '../cluster/cluster.ts'
import { nextExpiryCheck } from '../cluster/expiry.ts'
import { type AuditRecord, recordAudit } from './audit-entries.ts'
import { deletionOf } from './change-cluster.ts'
import { aboutCluster, visibleChanges } from './cluster-changes.ts'
import { type ClusterRow, toCluster, updateClusterRow } from './cluster-rows.ts'
import type { Mutation } from './mutation.ts'
import { fixedLimit } from './statements.ts'
import type { Session, Store } from './store.ts'

const batchSize = 100
const protectedRecheckMs = 24 * 3600_000

export interface ExpiryNotice {
  clusterId: string
  name: string
  team: string
  expireTime: number
  expired: boolean
}

/**
 * Attends to the clusters whose expiry is near or here: a warning in the audit log, or the same delete that a caller
 * would ask for. A protected cluster is not deleted; that is written down, and looked at again a day later. One that
 * nobody manages here is left alone.
 */
export async function expireClusters(store: Store): Promise<ExpiryNotice[]> {
  const now = store.clock.now()
  if ((await rowsDue(store.reader, now)).length === 0) return []
  return store.write(async (session) => {
    const rows = await rowsDue(session, now)
    const notices: ExpiryNotice[] = []
    for (const row of rows) {
      if (row.expireTime === null || row.management === 'UNMANAGED') {
        await setNextCheck(session, row, null)
        continue
      }
      const expired = row.expireTime <= now
      await (expired ? expire(store, session, row) : warn(store, session, row))
      notices.push({ clusterId: row.id, name: row.name, team: row.team, expireTime: row.expireTime, expired })
    }
    return notices
  })
}

function rowsDue(session: Session, now: number): Promise<ClusterRow[]> {
  const { clusters } = session.tables
  const statement = session.prepared('due expiries', ({ db }) =>
    db
      .select()
      .from(clusters)
      .where(and(isNotNull(clusters.expiryCheckTime), lte(clusters.expiryCheckTime, sql.placeholder('now'))))
      .orderBy(asc(clusters.expiryCheckTime))
      .limit(fixedLimit(batchSize))
      .prepare(),
  )
  return statement.execute({ now })
}

async function expire(store: Store, session: Session, row: ClusterRow): Promise<void> {
  const mutation = mutationOf(store)
  const goesAlready = row.operationKind === 'delete' && isOpen(toCluster(row).operation)
  if (row.deletionProtection && !goesAlready) {
    await setNextCheck(session, row, store.clock.now() + protectedRecheckMs)
    await recordAudit(store, session, mutation.who, {
      ...recordOf(row, 'cluster.expire'),
      outcome: 'FAILURE',
    })
    return
  }
  if (!goesAlready) {
    const after = await updateClusterRow(store, session, row, deletionOf(store, mutation, row))
    const changes = visibleChanges(row, after)
    await recordAudit(store, session, mutation.who, { ...recordOf(row, 'cluster.expire'), changes })
  }
  await setNextCheck(session, row, null)
}

async function warn(store: Store, session: Session, row: ClusterRow): Promise<void> {
  await setNextCheck(session, row, nextExpiryCheck(row.expireTime, store.clock.now()))
  await recordAudit(store, session, mutationOf(store).who, recordOf(row, 'cluster.expire-warning'))
}

function mutationOf(store: Store): Mutation {
  const context = { ip: null, userAgent: null, interface: 'reconciler' } as const
  return { who: { actor: reconcilerActor, requestId: store.newId('req'), context } }
}

function recordOf(row: ClusterRow, action: 'cluster.expire' | 'cluster.expire-warning'): AuditRecord {
  return {
    action,
    outcome: 'SUCCESS',
    ...aboutCluster(row),
    changes: [{ path: '/expireTime', before: toRfc3339(row.expireTime), after: toRfc3339(row.expireTime) }],
  }
}

/** Not a change that anybody sees: neither the version nor the document moves. */
async function setNextCheck({ db, tables }: Session, row: ClusterRow, at: number | null): Promise<void> {
  await db.update(tables.clusters).set({ expiryCheckTime: at }).where(eq(tables.clusters.id, row.id))
}
