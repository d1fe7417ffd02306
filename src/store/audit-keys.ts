import { desc, eq, inArray, isNull } from 'drizzle-orm'
import { newOrigin, newSigningKey, type SigningKey } from '../audit/signer.ts'
import { readVerifierKey } from '../audit/verifier.mjs'
import { type Attribution, everyTeam } from '../cluster/actor.ts'
import { recordAudit } from './audit-entries.ts'
import { insertRow } from './statements.ts'
import type { Session, Store } from './store.ts'

/** Where the private part of a signing key is sealed. */
export function signingKeyPlace(id: string) {
  return { table: 'audit_signing_keys', row: id, column: 'sealed_private_key', team: everyTeam }
}

/** Seals the private part of the signing key of this id. */
type Seal = (privateKey: string, id: string) => Promise<string>

export interface CurrentKey {
  id: string
  verifierKey: string
  sealedPrivateKey: string
}

/** The key that signs now; null before the first start. */
export async function findCurrentKey({ db, tables }: Session): Promise<CurrentKey | null> {
  const { auditSigningKeys: t } = tables
  const [key] = await db.select().from(t).where(isNull(t.retireTime))
  if (!key || key.sealedPrivateKey === null) return null
  return { id: key.id, verifierKey: key.verifierKey, sealedPrivateKey: key.sealedPrivateKey }
}

/** Every key that signs or has signed the log's checkpoints, as `name+hash+key`, the latest first. */
export async function listVerifierKeys({ db, tables }: Session): Promise<string[]> {
  const { auditSigningKeys: t } = tables
  const keys = await db.select().from(t).orderBy(desc(t.createTime), desc(t.retireTime))
  const current = keys.filter((key) => key.retireTime === null)
  return [...current, ...keys.filter((key) => key.retireTime !== null)].map((key) => key.verifierKey)
}

/** The log's name, which stays for as long as the log: a new one where there was no key yet. */
async function originOf(session: Session): Promise<string> {
  const [latest] = await listVerifierKeys(session)
  return latest === undefined ? newOrigin() : readVerifierKey(latest).name
}

/** Makes a key, and with the first one the log's name, where none signs. */
export async function ensureSigningKey(store: Store, seal: Seal): Promise<void> {
  if (await findCurrentKey(store.reader)) return
  const key = newSigningKey(await originOf(store.reader))
  const sealed = await seal(key.privateKey, key.id)
  await store.write(async (session) => {
    if (!(await findCurrentKey(session))) await insertKey(store, session, key, sealed)
  })
}

/**
 * From now on another key signs. The former one's private part is destroyed; what it signed can be checked for ever.
 * Answers the new verifier key.
 */
export async function rotateSigningKey(store: Store, who: Attribution, seal: Seal): Promise<string> {
  const key = newSigningKey(await originOf(store.reader))
  const sealed = await seal(key.privateKey, key.id)
  await store.write(async (session) => {
    const { auditSigningKeys: t } = session.tables
    const former = await findCurrentKey(session)
    if (former) {
      const retired = { sealedPrivateKey: null, retireTime: store.clock.now() }
      await session.db.update(t).set(retired).where(eq(t.id, former.id))
    }
    await insertKey(store, session, key, sealed)
    await recordAudit(store, session, who, {
      action: 'audit.rotate-key',
      outcome: 'SUCCESS',
      targets: [{ type: 'gateway', id: 'gateway', displayName: 'clustergate' }],
      team: null,
      changes: [{ path: '/verifierKey', before: former?.verifierKey ?? null, after: key.verifierKey }],
    })
  })
  return key.verifierKey
}

/** A key whose private part opens no more signs no more; the next start makes another. */
export async function loseSigningKeys(
  store: Store,
  session: Session,
  who: Attribution,
  ids: string[],
): Promise<void> {
  const { auditSigningKeys: t } = session.tables
  for (const key of await session.db.select().from(t).where(inArray(t.id, ids))) {
    const retired = { sealedPrivateKey: null, retireTime: store.clock.now() }
    await session.db.update(t).set(retired).where(eq(t.id, key.id))
    await recordAudit(store, session, who, {
      action: 'master-key.reset',
      outcome: 'SUCCESS',
      targets: [{ type: 'gateway', id: 'gateway', displayName: 'clustergate' }],
      team: null,
      changes: [{ path: '/verifierKey', before: key.verifierKey, after: null }],
    })
  }
}

async function insertKey(store: Store, session: Session, key: SigningKey, sealed: string): Promise<void> {
  await insertRow(session, 'audit signing key', session.tables.auditSigningKeys, {
    id: key.id,
    verifierKey: key.verifierKey,
    sealedPrivateKey: sealed,
    createTime: store.clock.now(),
    retireTime: null,
  })
}
