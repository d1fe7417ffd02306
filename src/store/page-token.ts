import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import { Problem } from '../cluster/problem.ts'

type Key = (string | number | null)[]

/**
 * A page token says where a list goes on, and for which query: it is signed, and of no use with another one.
 * `query` is everything that decides what the list holds and in which order.
 */
export function writePageToken(tokenKey: string, query: unknown, after: Key): string {
  const payload = Buffer.from(JSON.stringify(after)).toString('base64url')
  return `${payload}.${sign(tokenKey, query, payload)}`
}

/** Fails with `invalid-page-token` for a token that was altered, or given with another query. */
export function readPageToken(tokenKey: string, query: unknown, token: string): Key {
  const [payload = '', signature = ''] = token.split('.')
  const expected = Buffer.from(sign(tokenKey, query, payload))
  const given = Buffer.from(signature)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new Problem(
      'invalid-page-token',
      'The pageToken does not belong to this query. Repeat the parameters of the page that gave it, or leave it out.',
      { errors: [{ pointer: 'query/pageToken', detail: 'is not valid for this query' }] },
    )
  }
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Key
}

function sign(tokenKey: string, query: unknown, payload: string): string {
  const digest = hash('sha256', JSON.stringify(query))
  return createHmac('sha256', tokenKey).update(`${digest}.${payload}`).digest('base64url').slice(0, 32)
}
