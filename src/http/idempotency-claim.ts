import { hash } from 'node:crypto'
import { canonicalJson } from '../audit/canonical-json.ts'
import type { Json } from '../cluster/json.ts'
import { invalid } from '../cluster/problem.ts'
import type { IdempotencyClaim } from '../store/idempotency.ts'

/** The key of an `Idempotency-Key` header: bare, or quoted as a structured field. Undefined where absent. */
export function readIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const [, quoted] = /^"(.*)"$/.exec(header.trim()) ?? []
  const key = quoted ?? header.trim()
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw invalid([{ pointer: 'header/Idempotency-Key', detail: 'must be 1 to 255 visible ASCII characters' }])
}

/** Tells one request from another: hex of a SHA-256 over what it asks for, however its JSON is written. */
export function claimOf(
  callerId: string,
  key: string,
  request: { method: string; path: string; rawQuery: string; body: Json },
): IdempotencyClaim {
  const query = [...new URLSearchParams(request.rawQuery)].sort(([a], [b]) => (a < b ? -1 : 1))
  const parts = [request.method, request.path, JSON.stringify(query), canonicalJson(request.body)]
  return { callerId, key, fingerprint: hash('sha256', parts.join('\n')) }
}
