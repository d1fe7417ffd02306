import { and, asc, eq, getTableColumns, gt, isNull, ne, or, sql } from 'drizzle-orm'
import { everyTeam, type Role } from '../cluster/actor.ts'
import { toRfc3339 } from '../cluster/clock.ts'
import { Problem } from '../cluster/problem.ts'
import { recordAudit } from './audit-entries.ts'
import { compiledRead } from './compiled.ts'
import { keepAnswer, refuseRepeat } from './idempotency.ts'
import type { Mutation } from './mutation.ts'
import { readPageToken, writePageToken } from './page-token.ts'
import { insertRow, selectRow, updateRow } from './statements.ts'
import type { Session, Store, Tables } from './store.ts'

export type ApiKey = Tables['apiKeys']['$inferSelect']

/** A key as the API shows it: never its text, never its hash. */
export function renderApiKey(key: ApiKey) {
  return {
    id: key.id,
    displayName: key.displayName,
    role: key.role,
    team: key.team,
    createdBy: key.createdBy,
    createTime: toRfc3339(key.createTime),
    expireTime: toRfc3339(key.expireTime),
    revokeTime: toRfc3339(key.revokeTime),
  }
}

/** The key with this hash that may be used now, or undefined. */
export async function findUsableKey(store: Store, hash: string): Promise<ApiKey | undefined> {
  const key = await store.reader.recall(hash, () => findKeyByHash(store.reader, hash))
  return key && isUsable(key, store.clock.now()) ? key : undefined
}

async function findKeyByHash(session: Session, hash: string): Promise<ApiKey | undefined> {
  const select = compiledRead(session, 'key by hash', ({ db, tables: { apiKeys } }) => {
    const query = db
      .select()
      .from(apiKeys)
      .where(eq(apiKeys.hash, sql.placeholder('hash')))
    return { columns: getTableColumns(apiKeys), query }
  })
  const [key] = await select({ hash })
  return key
}

function isUsable(key: ApiKey, now: number): boolean {
  return key.revokeTime === null && (key.expireTime === null || key.expireTime > now)
}

export interface NewApiKey {
  /** Made by the caller, because the key's text contains it. */
  id: string
  displayName: string
  role: Role
  team: string
  hash: string
  expireTime: number | null
}

export function createApiKey(store: Store, mutation: Mutation, input: NewApiKey): Promise<ApiKey> {
  return store.write((session) => insertApiKey(store, session, mutation, input))
}

async function insertApiKey(
  store: Store,
  session: Session,
  mutation: Mutation,
  input: NewApiKey,
): Promise<ApiKey> {
  await refuseRepeat(session, mutation.idempotency)
  const { type, id, displayName } = mutation.who.actor
  const key: ApiKey = {
    ...input,
    createdBy: { type, id, displayName },
    createTime: store.clock.now(),
    revokeTime: null,
  }
  await insertRow(session, 'api key', session.tables.apiKeys, key)
  await recordAudit(store, session, mutation.who, {
    action: 'key.create',
    outcome: 'SUCCESS',
    targets: [{ type: 'api_key', id: key.id, displayName: key.displayName }],
    team: key.team,
    changes: [
      { path: '/role', before: null, after: key.role },
      { path: '/team', before: null, after: key.team },
    ],
  })
  const body = JSON.stringify(renderApiKey(key))
  const headers = { location: `/api-keys/${key.id}` }
  await keepAnswer(store, session, mutation.idempotency, { status: 201, headers, body }, null)
  return key
}

/** Revokes a key at once. Revoking it again changes nothing. The last key that administers everything stays. */
export function revokeApiKey(store: Store, mutation: Mutation, id: string): Promise<ApiKey> {
  return store.write(async (session) => {
    const key = await selectRow(session, 'api key', session.tables.apiKeys, id)
    if (!key) throw new Problem('not-found', `There is no API key ${id}.`)
    if (key.revokeTime !== null) return key
    await requireAnotherAdmin(store, session, key)
    const revoked = { ...key, revokeTime: store.clock.now() }
    await updateRow(session, 'api key', session.tables.apiKeys, revoked)
    await recordAudit(store, session, mutation.who, {
      action: 'key.revoke',
      outcome: 'SUCCESS',
      targets: [{ type: 'api_key', id, displayName: key.displayName }],
      team: key.team,
      changes: [{ path: '/revokeTime', before: null, after: toRfc3339(revoked.revokeTime) }],
    })
    return revoked
  })
}

async function requireAnotherAdmin(store: Store, { db, tables }: Session, key: ApiKey): Promise<void> {
  if (key.role !== 'admin' || key.team !== everyTeam) return
  const t = tables.apiKeys
  const alive = or(isNull(t.expireTime), gt(t.expireTime, store.clock.now()))
  const others = await db
    .select({ id: t.id })
    .from(t)
    .where(and(eq(t.role, 'admin'), eq(t.team, everyTeam), isNull(t.revokeTime), alive, ne(t.id, key.id)))
    .limit(1)
  if (others.length === 0) {
    throw new Problem('last-admin-key', 'Make another admin key for all teams first, then revoke this one.')
  }
}

export async function findApiKey(store: Store, id: string): Promise<ApiKey | undefined> {
  return selectRow(store.reader, 'api key', store.reader.tables.apiKeys, id)
}

export interface ApiKeyQuery {
  visibleTeam: string | undefined
  pageSize: number
  pageToken: string | undefined
}

export async function listApiKeys(store: Store, query: ApiKeyQuery) {
  const { db, tables } = store.reader
  const { pageSize, pageToken, ...bound } = query
  const after = pageToken && readPageToken(store.tokenKey, ['api-keys', bound], pageToken)[0]
  const rows = await db
    .select()
    .from(tables.apiKeys)
    .where(
      and(
        query.visibleTeam === undefined ? undefined : eq(tables.apiKeys.team, query.visibleTeam),
        after === undefined ? undefined : gt(tables.apiKeys.id, String(after)),
      ),
    )
    .orderBy(asc(tables.apiKeys.id))
    .limit(pageSize + 1)
  const page = rows.slice(0, pageSize)
  const last = page.at(-1)
  const more = rows.length > pageSize && last !== undefined
  return {
    keys: page,
    nextPageToken: more ? writePageToken(store.tokenKey, ['api-keys', bound], [last.id]) : null,
  }
}

/** Makes a key known that was chosen outside, such as the one of the first start. Does nothing if it is known. */
export async function ensureApiKey(store: Store, mutation: Mutation, input: NewApiKey): Promise<void> {
  await store.write(async (session) => {
    const known = await findKeyByHash(session, input.hash)
    if (!known) await insertApiKey(store, session, mutation, input)
  })
}
