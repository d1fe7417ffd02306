import { and, asc, isNotNull, isNull, lt, lte, or } from 'drizzle-orm'
import { reconcilerActor } from '../cluster/actor.ts'
import type { OperationError } from '../cluster/cluster.ts'
import type { Directory } from '../cluster/provider.ts'
import { recordAudit } from './audit-entries.ts'
import type { ConnectionRow } from './connections.ts'
import { selectRow, updateRow } from './statements.ts'
import type { Store } from './store.ts'

/** Takes connections whose key is to be verified, or whose directory is to be read again. */
export function claimConnections(
  store: Store,
  options: { owner: string; leaseMs: number; limit: number },
): Promise<ConnectionRow[]> {
  return store.write(async (session) => {
    const now = store.clock.now()
    const { connections } = session.tables
    const rows = await session.db
      .select()
      .from(connections)
      .where(
        and(
          isNotNull(connections.dueTime),
          lte(connections.dueTime, now),
          or(isNull(connections.leaseUntil), lt(connections.leaseUntil, now)),
        ),
      )
      .orderBy(asc(connections.dueTime))
      .limit(options.limit)
    const lease = { leaseOwner: options.owner, leaseUntil: now + options.leaseMs }
    for (const row of rows) await updateRow(session, 'connection', connections, { ...row, ...lease })
    return rows.map((row) => ({ ...row, ...lease }))
  })
}

export interface Verification {
  /** Null when the key opened the account. */
  error: OperationError | null
  directory: Directory | null
  /** When to look again, in epoch milliseconds. */
  dueTime: number
}

/** Writes down how a verification ended. Only a change of mind, or an answer somebody asked for, is a new version. */
export function settleConnection(store: Store, claimed: ConnectionRow, end: Verification): Promise<void> {
  return store.write(async (session) => {
    const row = await selectRow(session, 'connection', session.tables.connections, claimed.id)
    if (!row || row.leaseOwner !== claimed.leaseOwner || row.deleteTime !== null) return
    const now = store.clock.now()
    const changed = claimed.version !== row.version
    const asked = row.verifyRequestedTime !== null && !changed
    const news = asked || (row.lastError?.code ?? null) !== (end.error?.code ?? null)
    const after: ConnectionRow = {
      ...row,
      lastError: end.error,
      ...(end.error === null && { verifiedTime: now }),
      ...(end.directory && { directory: end.directory, directoryTime: now }),
      // Settings or key may have been replaced while the old ones were being tried.
      ...(changed ? {} : { verifyRequestedTime: null }),
      dueTime: changed ? now : end.dueTime,
      leaseOwner: null,
      leaseUntil: null,
      version: news ? row.version + 1 : row.version,
    }
    await updateRow(session, 'connection', session.tables.connections, after)
    if (news) {
      await recordAudit(
        store,
        session,
        {
          actor: reconcilerActor,
          requestId: store.newId('req'),
          context: { ip: null, userAgent: null, interface: 'reconciler' },
        },
        {
          action: 'connection.verify',
          outcome: end.error ? 'FAILURE' : 'SUCCESS',
          targets: [{ type: 'connection', id: row.id, displayName: row.name }],
          team: row.teams.length === 1 && row.teams[0] !== '*' ? (row.teams[0] ?? null) : null,
          ...(end.error?.provider && { provider: end.error.provider }),
        },
      )
    }
    setImmediate(() => store.events.emit('connection', row.id))
  })
}
