import { hash } from 'node:crypto'
import { and, asc, eq, gt, isNull, ne, sql } from 'drizzle-orm'
import { everyTeam, servesTeam } from '../cluster/actor.ts'
import type { AuditAction } from '../cluster/audit.ts'
import { toRfc3339 } from '../cluster/clock.ts'
import type { Connection } from '../cluster/connection.ts'
import { etagOf } from '../cluster/document.ts'
import { changesBetween, type Json, type JsonObject } from '../cluster/json.ts'
import { Problem } from '../cluster/problem.ts'
import { recordAudit } from './audit-entries.ts'
import { keepAnswer, refuseRepeat } from './idempotency.ts'
import { type Mutation, requireMatch } from './mutation.ts'
import { readPageToken, writePageToken } from './page-token.ts'
import { insertRow, selectRow, updateRow } from './statements.ts'
import type { Session, Store, Tables } from './store.ts'

export type ConnectionRow = Tables['connections']['$inferSelect']

/** Where a connection's API key is sealed for: it opens nowhere else. */
export function apiKeyPlace(connectionId: string) {
  return { table: 'connections', row: connectionId, column: 'sealedApiKey' }
}

/** Tells two API keys apart, opens nothing: the first 16 hex digits of the key's SHA-256. */
export function fingerprintOf(apiKey: string): string {
  return hash('sha256', apiKey).slice(0, 16)
}

/** A connection as the API shows it: never its key. */
export function renderConnection(row: Connection) {
  return {
    id: row.id,
    name: row.name,
    provider: row.provider,
    teams: row.teams,
    settings: row.settings,
    apiKeyFingerprint: row.apiKeyFingerprint,
    createTime: toRfc3339(row.createTime),
    updateTime: toRfc3339(row.updateTime),
    verifiedTime: toRfc3339(row.verifiedTime),
    verifying: row.verifyRequestedTime !== null,
    lastError: row.lastError,
    lastSync: row.lastSync && {
      ...row.lastSync,
      startTime: toRfc3339(row.lastSync.startTime),
      endTime: toRfc3339(row.lastSync.endTime),
      completeTime: toRfc3339(row.lastSync.completeTime),
    },
    etag: etagOf(row.version),
  }
}

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
    announce(store, row)
    return row
  })
}

export type ConnectionPatch = Partial<
  Pick<ConnectionRow, 'teams' | 'settings' | 'sealedApiKey' | 'apiKeyFingerprint'>
>

/**
 * Changes a connection; a new key or new settings are verified soon. `decide` sees the row as it is inside the
 * transaction; an empty patch changes nothing.
 */
export function patchConnection(
  store: Store,
  mutation: Mutation,
  id: string,
  decide: (row: ConnectionRow) => ConnectionPatch,
): Promise<ConnectionRow> {
  return store.write(async (session) => {
    await refuseRepeat(session, mutation.idempotency)
    const before = await readConnectionRow(session, id)
    requireMatch(mutation, before.version)
    const patch = decide(before)
    if (Object.keys(patch).length === 0) return before
    const now = store.clock.now()
    const reverify = patch.sealedApiKey !== undefined || patch.settings !== undefined
    const after: ConnectionRow = {
      ...before,
      ...patch,
      version: before.version + 1,
      updateTime: now,
      ...(reverify && { verifyRequestedTime: now, dueTime: now }),
    }
    await updateRow(session, 'connection', session.tables.connections, after)
    await recordConnectionChange(store, session, mutation, 'connection.update', before, after)
    announce(store, after)
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
    announce(store, after)
    return after
  })
}

/** Deletes a connection that no living cluster uses. */
export function deleteConnection(store: Store, mutation: Mutation, id: string): Promise<void> {
  return store.write(async (session) => {
    const { db, tables } = session
    const row = await readConnectionRow(session, id)
    requireMatch(mutation, row.version)
    const { clusters } = tables
    const [living] = await db
      .select({ id: clusters.id })
      .from(clusters)
      .where(and(eq(clusters.connectionId, id), ne(clusters.state, 'DELETED')))
      .limit(1)
    if (living) {
      throw new Problem(
        'connection-in-use',
        `Clusters still live on ${row.name}, ${living.id} among them. Delete or release them first.`,
      )
    }
    // Its deleted clusters refer to it for ever: the row stays, without its key.
    const now = store.clock.now()
    const emptied = { ...row, sealedApiKey: '', dueTime: null, updateTime: now, deleteTime: now }
    await updateRow(session, 'connection', tables.connections, emptied)
    await recordConnectionChange(store, session, mutation, 'connection.delete', row, null)
  })
}

async function readConnectionRow(session: Session, id: string): Promise<ConnectionRow> {
  const row = await selectRow(session, 'connection', session.tables.connections, id)
  if (!row || isDeleted(row)) throw new Problem('not-found', `There is no connection ${id}.`)
  return row
}

function isDeleted(row: ConnectionRow): boolean {
  return row.deleteTime !== null
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

/** A connection of one team is that team's affair; one of several, or of all, is the platform's. */
export function owningTeam({ teams: [team, ...others] }: Pick<ConnectionRow, 'teams'>): string | null {
  return team === undefined || team === everyTeam || others.length > 0 ? null : team
}

function announce(store: Store, row: ConnectionRow): void {
  setImmediate(() => {
    store.events.emit('connection', row.id)
    if (row.dueTime !== null) store.events.emit('due')
  })
}

export async function findConnection(store: Store, id: string): Promise<ConnectionRow | undefined> {
  const row = await selectRow(store.reader, 'connection', store.reader.tables.connections, id)
  return row && !isDeleted(row) ? row : undefined
}

export async function findConnectionByName(store: Store, name: string): Promise<ConnectionRow | undefined> {
  const { connections } = store.reader.tables
  const statement = store.reader.prepared('connection by name', ({ db }) =>
    db
      .select()
      .from(connections)
      .where(and(eq(connections.name, sql.placeholder('name')), isNull(connections.deleteTime)))
      .limit(1)
      .prepare(),
  )
  const [row] = await statement.execute({ name })
  return row
}

/** The connections of a provider that a team can use. There are few: they are filtered here. */
export async function findUsableConnections(
  store: Store,
  provider: string,
  team: string,
): Promise<ConnectionRow[]> {
  const { db, tables } = store.reader
  const rows = await db.select().from(tables.connections).where(eq(tables.connections.provider, provider))
  return rows.filter((row) => !isDeleted(row) && servesTeam(row.teams, team))
}

export interface ConnectionQuery {
  /** Only connections that this team can use; undefined for all. */
  visibleTeam: string | undefined
  provider: string | undefined
  name: string | undefined
  pageSize: number
  pageToken: string | undefined
}

export async function listConnections(store: Store, query: ConnectionQuery) {
  const { db, tables } = store.reader
  const { pageSize, pageToken, ...bound } = query
  const after = pageToken && readPageToken(store.tokenKey, ['connections', bound], pageToken)[0]
  const rows = await db
    .select()
    .from(tables.connections)
    .where(
      and(
        isNull(tables.connections.deleteTime),
        query.provider === undefined ? undefined : eq(tables.connections.provider, query.provider),
        query.name === undefined ? undefined : eq(tables.connections.name, query.name),
        after === undefined ? undefined : gt(tables.connections.id, String(after)),
      ),
    )
    .orderBy(asc(tables.connections.id))
  const { visibleTeam } = query
  const visible = rows.filter((row) => visibleTeam === undefined || servesTeam(row.teams, visibleTeam))
  const page = visible.slice(0, pageSize)
  const last = page.at(-1)
  const more = visible.length > pageSize && last !== undefined
  return {
    connections: page,
    totalSize: visible.length,
    nextPageToken: more ? writePageToken(store.tokenKey, ['connections', bound], [last.id]) : null,
  }
}
