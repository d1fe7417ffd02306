import { asc } from 'drizzle-orm'
import { type Attribution, reconcilerActor } from '../cluster/actor.ts'
import type { OperationError } from '../cluster/cluster.ts'
import type { ConnectionSync } from '../cluster/connection.ts'
import type { Directory } from '../cluster/provider.ts'
import { recordAudit } from './audit-entries.ts'
import { type ConnectionRow, owningTeam } from './connection-rows.ts'
import { claiming, isDue } from './due.ts'
import { fixedLimit, selectRow, updateChanged } from './statements.ts'
import type { Session, Store } from './store.ts'

/** How many due connections are looked at together. */
const dueAtOnce = 16

/** Takes connections that are due a visit: to verify their key, to read what they offer, to sync what they hold. */
export async function claimConnections(
  store: Store,
  options: { owner: string; leaseMs: number; limit: number },
): Promise<ConnectionRow[]> {
  if ((await dueConnections(store.reader, store.clock.now())).length === 0) return []
  return store.write(async (session) => {
    const now = store.clock.now()
    const { connections } = session.tables
    const rows = (await dueConnections(session, now)).slice(0, options.limit)
    const lease = { leaseOwner: options.owner, leaseUntil: now + options.leaseMs }
    for (const row of rows) {
      await updateChanged(session, 'connection', connections, row, { ...row, ...lease })
    }
    return rows.map((row) => ({ ...row, ...lease }))
  })
}

function dueConnections(session: Session, now: number): Promise<ConnectionRow[]> {
  const { connections } = session.tables
  const statement = session.prepared('due connections', ({ db }) => {
    const due = db.select().from(connections).where(isDue(connections)).orderBy(asc(connections.dueTime))
    return claiming(session, due.limit(fixedLimit(dueAtOnce)), connections).prepare()
  })
  return statement.execute({ now })
}

/** The gateway acting for a connection, under an id that its calls carry too. */
export function visitAttribution(requestId: string): Attribution {
  return {
    actor: reconcilerActor,
    requestId,
    context: { ip: null, userAgent: null, interface: 'reconciler' },
  }
}

export interface Verification {
  /** Null when the key opened the account. */
  error: OperationError | null
  directory: Directory | null
  requestId: string
}

/** Writes down how a verification ended; the visit goes on. False when the lease was lost. */
export function settleVerification(
  store: Store,
  claimed: ConnectionRow,
  end: Verification,
): Promise<boolean> {
  return settle(store, claimed, async (session, row) => {
    const now = store.clock.now()
    const replaced =
      claimed.apiKeyFingerprint !== row.apiKeyFingerprint || claimed.updateTime !== row.updateTime
    const asked = row.verifyRequestedTime !== null && !replaced
    const news = asked || (row.lastError?.code ?? null) !== (end.error?.code ?? null)
    const after: ConnectionRow = {
      ...row,
      lastError: end.error,
      ...(end.error === null && { verifiedTime: now }),
      ...(end.directory && { directory: end.directory, directoryTime: now }),
      // Key or settings may have been replaced while the old ones were being tried.
      ...(!replaced && { verifyRequestedTime: null }),
      version: news ? row.version + 1 : row.version,
    }
    if (news) {
      await recordAudit(store, session, visitAttribution(end.requestId), {
        action: 'connection.verify',
        outcome: end.error ? 'FAILURE' : 'SUCCESS',
        targets: [{ type: 'connection', id: row.id, displayName: row.name }],
        team: owningTeam(row),
        ...(end.error?.provider && { provider: end.error.provider }),
      })
    }
    return after
  })
}

/** Ends a visit: what came of the sync, and when to come again. */
export function settleVisit(
  store: Store,
  claimed: ConnectionRow,
  end: { sync: ConnectionSync; dueTime: number; requestId: string },
): Promise<boolean> {
  return settle(store, claimed, async (session, row) => {
    const complete = end.sync.status === 'SUCCEEDED'
    const answersRequest = claimed.syncRequestedTime === row.syncRequestedTime
    const again = row.verifyRequestedTime !== null || !answersRequest
    const asked = row.syncRequestedTime !== null
    if (asked || (row.lastSync?.status ?? null) !== end.sync.status) {
      await recordAudit(store, session, visitAttribution(end.requestId), {
        action: 'connection.sync',
        outcome: complete ? 'SUCCESS' : 'FAILURE',
        targets: [{ type: 'connection', id: row.id, displayName: row.name }],
        team: owningTeam(row),
        ...(end.sync.error?.provider && { provider: end.sync.error.provider }),
      })
    }
    return {
      ...row,
      lastSync: {
        ...end.sync,
        completeTime: complete ? end.sync.endTime : (row.lastSync?.completeTime ?? null),
      },
      ...(complete && { syncedTime: end.sync.startTime }),
      ...(answersRequest && { syncRequestedTime: null }),
      dueTime: again ? store.clock.now() : end.dueTime,
      leaseOwner: null,
      leaseUntil: null,
      version: asked ? row.version + 1 : row.version,
    }
  })
}

/** Keeps a long visit's lease. False when it is lost, and the visit must end without a word. */
export function renewVisit(store: Store, claimed: ConnectionRow, leaseMs: number): Promise<boolean> {
  return settle(store, claimed, async (_, row) => ({ ...row, leaseUntil: store.clock.now() + leaseMs }))
}

function settle(
  store: Store,
  claimed: ConnectionRow,
  change: (session: Session, row: ConnectionRow) => Promise<ConnectionRow>,
): Promise<boolean> {
  return store.write(async (session) => {
    const row = await selectRow(session, 'connection', session.tables.connections, claimed.id)
    if (!row || row.leaseOwner !== claimed.leaseOwner || row.deleteTime !== null) return false
    const after = await change(session, row)
    await updateChanged(session, 'connection', session.tables.connections, row, after)
    session.announce('connection', row.id)
    if (after.leaseOwner === null && after.dueTime !== null) session.announce('due')
    return true
  })
}
