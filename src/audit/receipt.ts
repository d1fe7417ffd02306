import type { Receipt } from '../cluster/actor.ts'

/** The headers in which a caller is given the receipt of what it did. Names in lower case. */
export function receiptHeaders({ entry, digest }: Receipt): Record<string, string> {
  return { 'audit-entry': entry, 'audit-digest': `sha-256=${digest}` }
}
