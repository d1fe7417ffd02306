import { and, eq, isNull, ne } from 'drizzle-orm'
import type { AuditAction } from '../cluster/audit.ts'
import { changesBetween, type Json, type JsonObject } from '../cluster/json.ts'
import { Problem } from '../cluster/problem.ts'
import { recordAudit } from './audit-entries.ts'
import { aboutCluster, recordClusterChanges } from './cluster-changes.ts'
import { updateClusterRow } from './cluster-rows.ts'
import { type ConnectionRow, isDeleted, owningTeam, renderConnection } from './connection-rows.ts'
import { keepAnswer, refuseRepeat } from './idempotency.ts'
import { type Mutation, requireMatch } from './mutation.ts'
import { insertRow, selectRow, updateRow } from './statements.ts'
import type { Session, Store } from './store.ts'

export interface NewConnection {
  /** Made by the caller, because the sealed key is bound to it. */
  id: string
  name: string
  provider: string
  teams: string[]
  settings: JsonObject
  sealedApiKey: string
  apiKeyFingerprint: string
}

/** Stores a connection and has its key verified soon. Refuses with `name-taken`. */
export function createConnection(
  store: Store,
  mutation: Mutation,
  input: NewConnection,
): Promise<ConnectionRow> {
  return store.write(async (session) => {
    await refuseRepeat(session, mutation.idempotency)
    const now = store.clock.now()
    const row: ConnectionRow = {
      ...input,
      createTime: now,
      updateTime: now,
      verifiedTime: null,
      verifyRequestedTime: now,
      lastError: null,
      lastSync: null,
      syncRequestedTime: now,
      syncedTime: null,
      directory: null,
      directoryTime: null,
      version: 1,
      dueTime: now,
      leaseOwner: null,
      leaseUntil: null,
      deleteTime: null,
    }
    const { connections } = session.tables
    const taken = await session.db
      .select({ id: connections.id })
      .from(connections)
      .where(and(eq(connections.name, input.name), isNull(connections.deleteTime)))
    if (taken.length > 0) {
      throw new Problem('name-taken', `There is a connection named ${input.name} already.`, {
        errors: [{ pointer: '/name', detail: 'is taken' }],
      })
    }
    await insertRow(session, 'connection', connections, row)
    await recordConnectionChange(store, session, mutation, 'connection.create', null, row)
    const body = JSON.stringify(renderConnection(row))
    const headers = { location: `/connections/${row.id}` }
    await keepAnswer(store, session, mutation.idempotency, { status: 201, headers, body }, null)
    announce(session, row)
    return row
  })
}

export type ConnectionPatch = Partial<
  Pick<ConnectionRow, 'teams' | 'settings' | 'sealedApiKey' | 'apiKeyFingerprint'>
>

/**
 * Changes a connection; a new key or new settings are verified soon. `decide` sees the row as it is inside the
 * transaction; an empty patch changes nothing. The API key is sealed for the teams: where they change, `decide` seals
 * it anew.
 */
export function patchConnection(
  store: Store,
  mutation: Mutation,
  id: string,
  decide: (row: ConnectionRow) => ConnectionPatch | Promise<ConnectionPatch>,
): Promise<ConnectionRow> {
  return store.write(async (session) => {
    await refuseRepeat(session, mutation.idempotency)
    const before = await readConnectionRow(session, id)
    requireMatch(mutation, before.version)
    const patch = await decide(before)
    if (patch.teams && patch.sealedApiKey === undefined && before.sealedApiKey !== '') {
      throw new Error('the API key of a connection must be sealed for its new teams')
    }
    if (Object.keys(patch).length === 0) return before
    const now = store.clock.now()
    const reverify = patch.apiKeyFingerprint !== undefined || patch.settings !== undefined
    const after: ConnectionRow = {
      ...before,
      ...patch,
      version: before.version + 1,
      updateTime: now,
      ...(reverify && { verifyRequestedTime: now, dueTime: now }),
    }
    await updateRow(session, 'connection', session.tables.connections, after)
    await recordConnectionChange(store, session, mutation, 'connection.update', before, after)
    announce(session, after, reverify)
    return after
  })
}

/** Asks for the key to be verified and what the account offers to be read again, or for the account's list to be compared. */
export function requestVisit(
  store: Store,
  mutation: Mutation,
  id: string,
  action: 'connection.verify' | 'connection.sync',
): Promise<ConnectionRow> {
  return store.write(async (session) => {
    await refuseRepeat(session, mutation.idempotency)
    const before = await readConnectionRow(session, id)
    const now = store.clock.now()
    const asked = action === 'connection.verify' ? { verifyRequestedTime: now } : { syncRequestedTime: now }
    const after = { ...before, ...asked, dueTime: now, version: before.version + 1 }
    await updateRow(session, 'connection', session.tables.connections, after)
    await recordConnectionChange(store, session, mutation, action, before, after)
    const answer = { status: 202, headers: {}, body: JSON.stringify(renderConnection(after)) }
    await keepAnswer(store, session, mutation.idempotency, answer, null)
    announce(session, after)
    return after
  })
}

/** Deletes a connection that no managed cluster lives on. */
export function deleteConnection(store: Store, mutation: Mutation, id: string): Promise<void> {
  return store.write(async (session) => {
    const { db, tables } = session
    const row = await readConnectionRow(session, id)
    requireMatch(mutation, row.version)
    const { clusters } = tables
    const [living] = await db
      .select({ id: clusters.id })
      .from(clusters)
      .where(
        and(
          eq(clusters.connectionId, id),
          ne(clusters.state, 'DELETED'),
          ne(clusters.management, 'UNMANAGED'),
        ),
      )
      .limit(1)
    if (living) {
      throw new Problem(
        'connection-in-use',
        `Clusters still live on ${row.name}, ${living.id} among them. Delete or release them first.`,
      )
    }
    await forgetUnmanaged(store, session, mutation, row)
    // Its deleted clusters refer to it for ever: the row stays, without its key.
    const now = store.clock.now()
    const emptied = { ...row, sealedApiKey: '', dueTime: null, updateTime: now, deleteTime: now }
    await updateRow(session, 'connection', tables.connections, emptied)
    await recordConnectionChange(store, session, mutation, 'connection.delete', row, null)
    announce(session, emptied, true)
  })
}

/** What was only watched through the connection is watched no more. */
async function forgetUnmanaged(
  store: Store,
  session: Session,
  { who }: Mutation,
  { id, name }: ConnectionRow,
): Promise<void> {
  const { clusters } = session.tables
  const watched = await session.db
    .select()
    .from(clusters)
    .where(and(eq(clusters.connectionId, id), ne(clusters.state, 'DELETED')))
  for (const before of watched) {
    const after = await updateClusterRow(store, session, before, {
      state: 'DELETED',
      stateReason: `The connection ${name}, through which it was seen, was deleted; the cluster itself was left alone.`,
      deleteTime: store.clock.now(),
      dueTime: null,
    })
    const forgotten = { action: 'connection.delete', outcome: 'SUCCESS', ...aboutCluster(after) } as const
    await recordClusterChanges(store, session, who, { before, after }, [{ ...forgotten }])
  }
}

async function readConnectionRow(session: Session, id: string): Promise<ConnectionRow> {
  const row = await selectRow(session, 'connection', session.tables.connections, id)
  if (!row || isDeleted(row)) throw new Problem('not-found', `There is no connection ${id}.`)
  return row
}

async function recordConnectionChange(
  store: Store,
  session: Session,
  { who }: Mutation,
  action: AuditAction,
  before: ConnectionRow | null,
  after: ConnectionRow | null,
): Promise<void> {
  const row = after ?? before
  if (!row) return
  const shown = (r: ConnectionRow | null): Json => {
    if (!r) return {}
    const { etag, updateTime, lastSync, lastError, ...rest } = renderConnection(r)
    return rest
  }
  await recordAudit(store, session, who, {
    action,
    outcome: 'SUCCESS',
    targets: [{ type: 'connection', id: row.id, displayName: row.name }],
    team: owningTeam(row),
    changes: changesBetween(shown(before), shown(after)),
  })
}

function announce(session: Session, row: ConnectionRow, reconnect = false): void {
  if (reconnect) session.announce('reconnect', row.id)
  session.announce('connection', row.id)
  if (row.dueTime !== null) session.announce('due')
}
