import { desc, eq, isNull } from 'drizzle-orm'
import { newOrigin, newSigningKey, type SigningKey } from '../audit/signer.ts'
import { readVerifierKey } from '../audit/verifier.mjs'
import type { Attribution } from '../cluster/actor.ts'
import { recordAudit } from './audit-entries.ts'
import { insertRow } from './statements.ts'
import type { Session, Store } from './store.ts'

/** Where the private part of a signing key is sealed. */
export function signingKeyPlace(id: string) {
  return { table: 'audit_signing_keys', row: id, column: 'sealed_private_key' }
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

/** Makes the log's name and first key, where there is none yet. */
export async function ensureSigningKey(store: Store, seal: Seal): Promise<void> {
  if (await findCurrentKey(store.reader)) return
  const key = newSigningKey(newOrigin())
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
  const known = await findCurrentKey(store.reader)
  const key = newSigningKey(known ? readVerifierKey(known.verifierKey).name : newOrigin())
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

async function insertKey(store: Store, session: Session, key: SigningKey, sealed: string): Promise<void> {
  await insertRow(session, 'audit signing key', session.tables.auditSigningKeys, {
    id: key.id,
    verifierKey: key.verifierKey,
    sealedPrivateKey: sealed,
    createTime: store.clock.now(),
    retireTime: null,
  })
}
