import type { AuditEntry } from '../cluster/audit.ts'
import { toRfc3339 } from '../cluster/clock.ts'
import { canonicalJson } from './canonical-json.ts'
import { leafHashOf } from './verifier.mjs'

/** An entry as a leaf of the log: the very bytes that `GET /audit-entries/{id}` answers, and their RFC 6962 leaf hash. */
export interface Leaf {
  text: string
  hash: Buffer
}

export function leafOf(entry: AuditEntry): Leaf {
  const text = canonicalJson({ ...entry, time: toRfc3339(entry.time) })
  return { text, hash: leafHashOf(text) }
}
