import { toRfc3339 } from '../cluster/clock.ts'
import { Problem } from '../cluster/problem.ts'
import { type ApiKey, aboutKey, renderApiKey } from './api-keys.ts'
import { recordAudit } from './audit-entries.ts'
import { keepAnswer, refuseRepeat } from './idempotency.ts'
import type { Mutation } from './mutation.ts'
import { insertRow, selectRow, updateChanged } from './statements.ts'
import type { Store } from './store.ts'

export interface Rotation {
  /** Of the key's new text. */
  hash: string
  /** How long the text before opens, too; each of several keeps the time that it was given. */
  overlapMs: number
}

/** Gives a key another text. What it is and what it may do stay as they are. */
export function rotateApiKey(
  store: Store,
  mutation: Mutation,
  id: string,
  { hash, overlapMs }: Rotation,
): Promise<ApiKey> {
  return store.write(async (session) => {
    await refuseRepeat(session, mutation.idempotency)
    const key = await selectRow(session, 'api key', session.tables.apiKeys, id)
    if (!key) throw new Problem('not-found', `There is no API key ${id}.`)
    const now = store.clock.now()
    requireLiving(key, now)
    const former = { hash: key.hash, keyId: id, expireTime: now + overlapMs }
    await insertRow(session, 'former api key hash', session.tables.formerApiKeyHashes, former)
    const rotated = { ...key, hash, rotateTime: now }
    await updateChanged(session, 'api key', session.tables.apiKeys, key, rotated)
    await recordAudit(store, session, mutation.who, {
      action: 'key.rotate',
      outcome: 'SUCCESS',
      ...aboutKey(key),
      changes: [
        { path: '/rotateTime', before: toRfc3339(key.rotateTime), after: toRfc3339(now) },
        { path: '/formerTextUntil', before: null, after: toRfc3339(now + overlapMs) },
      ],
    })
    const answer = { status: 200, headers: {}, body: JSON.stringify(renderApiKey(rotated)) }
    await keepAnswer(store, session, mutation.idempotency, answer, null)
    return rotated
  })
}

function requireLiving(key: ApiKey, now: number): void {
  const ended = key.revokeTime !== null ? 'revoked' : (key.expireTime ?? now + 1) <= now ? 'expired' : null
  if (ended === null) return
  throw new Problem(
    'key-ended',
    `The API key is ${ended}, and a new text would not open anything. Make another key.`,
  )
}
