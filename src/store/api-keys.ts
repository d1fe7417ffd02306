import { and, asc, eq, getTableColumns, gt, isNull, ne, or, sql } from 'drizzle-orm'
import { type Actor, everyTeam } from '../cluster/actor.ts'
import type { AuditEntry } from '../cluster/audit.ts'
import { areIn, type Scope, type Teams } from '../cluster/caller.ts'
import { toRfc3339 } from '../cluster/clock.ts'
import type { Change } from '../cluster/json.ts'
import { Problem } from '../cluster/problem.ts'
import { recordAudit } from './audit-entries.ts'
import { compiledRead } from './compiled.ts'
import { keepAnswer, refuseRepeat } from './idempotency.ts'
import type { Mutation } from './mutation.ts'
import { insertRow, selectRow, updateRow } from './statements.ts'
import type { Session, Store, Tables } from './store.ts'

export type ApiKey = Tables['apiKeys']['$inferSelect']

type Maker = ApiKey['createdBy']

/** A key as the API shows it: never its text, never its hash. */
export function renderApiKey(key: ApiKey) {
  return {
    id: key.id,
    displayName: key.displayName,
    ...shortForm(key.scopes),
    scopes: key.scopes,
    allowOnBehalfOf: key.allowOnBehalfOf,
    breakGlass: key.breakGlass,
    createdBy: key.createdBy,
    createTime: toRfc3339(key.createTime),
    expireTime: toRfc3339(key.expireTime),
    rotateTime: toRfc3339(key.rotateTime),
    revokeTime: toRfc3339(key.revokeTime),
    lastUsedTime: toRfc3339(key.lastUsedTime),
    lastUsedIp: key.lastUsedIp,
  }
}

/** The role and the team of one scope, beside the scopes; of several there is none in particular. */
export function shortForm([scope, ...others]: readonly Scope[]): Partial<Scope> {
  return scope && others.length === 0 ? { role: scope.role, team: scope.team } : {}
}

/** A key that a text opens, and until when where the text is a former one. */
interface Found {
  key: ApiKey
  until: number | null
}

/**
 * The key with this hash that may be used now, or undefined. What is recalled is forgotten with every commit of this
 * process, and so a revocation holds from the next request on. Where others commit to the same database, what tells
 * this process of it must call `Session.forget` too.
 */
export function findUsableKey(store: Store, hash: string): ApiKey | undefined | Promise<ApiKey | undefined> {
  const usable = (found: Found | undefined) =>
    found && isUsable(found, store.clock.now()) ? found.key : undefined
  const found = store.reader.recall('key by hash', hash, () => findByHash(store.reader, hash))
  return found instanceof Promise ? found.then(usable) : usable(found)
}

async function findByHash(session: Session, hash: string): Promise<Found | undefined> {
  const key = await findKeyByHash(session, hash)
  return key ? { key, until: null } : findByFormerHash(session, hash)
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

async function findByFormerHash(session: Session, hash: string): Promise<Found | undefined> {
  const select = compiledRead(
    session,
    'former key by hash',
    ({ db, tables: { formerApiKeyHashes: former } }) => {
      const columns = { keyId: former.keyId, until: former.expireTime }
      const query = db
        .select(columns)
        .from(former)
        .where(eq(former.hash, sql.placeholder('hash')))
      return { columns, query }
    },
  )
  const [row] = await select({ hash })
  const key = row && (await selectRow(session, 'api key', session.tables.apiKeys, row.keyId))
  return key && { key, until: row.until }
}

function isUsable({ key, until }: Found, now: number): boolean {
  if (until !== null && until <= now) return false
  return key.revokeTime === null && (key.expireTime === null || key.expireTime > now)
}

export interface NewApiKey {
  /** Made by the caller, because the key's text contains it. */
  id: string
  displayName: string
  scopes: Scope[]
  hash: string
  expireTime: number | null
  allowOnBehalfOf?: boolean
  breakGlass?: boolean
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
    allowOnBehalfOf: false,
    breakGlass: false,
    ...input,
    createdBy: { type, id, displayName },
    createTime: store.clock.now(),
    revokeTime: null,
    rotateTime: null,
    lastUsedTime: null,
    lastUsedIp: null,
  }
  await insertRow(session, 'api key', session.tables.apiKeys, key)
  await recordAudit(store, session, mutation.who, {
    action: key.breakGlass ? 'key.break-glass' : 'key.create',
    outcome: 'SUCCESS',
    ...aboutKey(key),
    changes: firstFields(key),
  })
  const body = JSON.stringify(renderApiKey(key))
  const headers = { location: `/api-keys/${key.id}` }
  await keepAnswer(store, session, mutation.idempotency, { status: 201, headers, body }, null)
  return key
}

/** What an entry about a key is about, and whose affair that is: nobody's in particular where it is of several teams. */
export function aboutKey(key: ApiKey): Pick<AuditEntry, 'targets' | 'team'> {
  const [team = null, ...others] = new Set(key.scopes.map((scope) => scope.team))
  return {
    targets: [{ type: 'api_key', id: key.id, displayName: key.displayName }],
    team: others.length === 0 ? team : null,
  }
}

function firstFields(key: ApiKey): Change[] {
  const { scopes, expireTime, allowOnBehalfOf, breakGlass } = renderApiKey(key)
  const fields = {
    ...shortForm(scopes),
    ...(scopes.length > 1 && { scopes: scopes.map(({ role, team }) => ({ role, team })) }),
    ...(expireTime !== null && { expireTime }),
    ...(allowOnBehalfOf && { allowOnBehalfOf }),
    ...(breakGlass && { breakGlass }),
  }
  return Object.entries(fields).map(([name, after]) => ({ path: `/${name}`, before: null, after }))
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
      ...aboutKey(key),
      changes: [{ path: '/revokeTime', before: null, after: toRfc3339(revoked.revokeTime) }],
    })
    return revoked
  })
}

async function requireAnotherAdmin(store: Store, { db, tables }: Session, key: ApiKey): Promise<void> {
  if (!administersAll(key)) return
  const t = tables.apiKeys
  const alive = or(isNull(t.expireTime), gt(t.expireTime, store.clock.now()))
  const others = await db
    .select({ scopes: t.scopes, breakGlass: t.breakGlass })
    .from(t)
    .where(and(isNull(t.revokeTime), alive, ne(t.id, key.id)))
  if (!others.some(administersAll)) {
    throw new Problem('last-admin-key', 'Make another admin key for all teams first, then revoke this one.')
  }
}

/** A key for an emergency is gone soon: it does not count. */
function administersAll({ scopes, breakGlass }: Pick<ApiKey, 'scopes' | 'breakGlass'>): boolean {
  return !breakGlass && scopes.some(({ role, team }) => role === 'admin' && team === everyTeam)
}

export async function findApiKey(store: Store, id: string): Promise<ApiKey | undefined> {
  return selectRow(store.reader, 'api key', store.reader.tables.apiKeys, id)
}

/** Who made the key of an actor, who made the key of that one, and so on: each of them was told the text of a key. */
export async function makersOf(session: Session, { type, id }: Pick<Actor, 'type' | 'id'>): Promise<Maker[]> {
  const key = type === 'api_key' ? await selectRow(session, 'api key', session.tables.apiKeys, id) : undefined
  return key ? [key.createdBy, ...(await makersOf(session, key.createdBy))] : []
}

export interface ApiKeyQuery {
  visibleTeams: Teams
  pageSize: number
  pageToken: string | undefined
}

export async function listApiKeys(store: Store, query: ApiKeyQuery) {
  const { db, tables } = store.reader
  const { pageSize, pageToken, ...bound } = query
  const after = pageToken && store.pageTokens.read(['api-keys', bound], pageToken)[0]
  const rows = await db
    .select()
    .from(tables.apiKeys)
    .where(after === undefined ? undefined : gt(tables.apiKeys.id, String(after)))
    .orderBy(asc(tables.apiKeys.id))
  // There are few: they are narrowed here.
  const visible = rows.filter(({ scopes }) => areIn(scopes, query.visibleTeams))
  const page = visible.slice(0, pageSize)
  const last = page.at(-1)
  const more = visible.length > pageSize && last !== undefined
  return {
    keys: page,
    nextPageToken: more ? store.pageTokens.write(['api-keys', bound], [last.id]) : null,
  }
}

/**
 * Makes a key known that was chosen outside, such as the one of the first start. Does nothing if it is known, be it
 * revoked, or rotated away.
 */
export async function ensureApiKey(store: Store, mutation: Mutation, input: NewApiKey): Promise<void> {
  await store.write(async (session) => {
    const known = await findByHash(session, input.hash)
    if (!known) await insertApiKey(store, session, mutation, input)
  })
}
