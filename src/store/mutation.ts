import type { Attribution } from '../cluster/actor.ts'
import { etagOf } from '../cluster/document.ts'
import { Problem } from '../cluster/problem.ts'
import type { IdempotencyClaim } from './idempotency.ts'

/** How a change is asked for: by whom, whether it may be repeated, and on condition of what. */
export interface Mutation {
  who: Attribution
  idempotency?: IdempotencyClaim
  /** The ETag that the thing must still have (`If-Match`). */
  ifMatch?: string
}

export interface Changed {
  /** The cluster as the API shows it. */
  document: string
  version: number
}

export function requireMatch(mutation: Mutation, version: number): void {
  if (mutation.ifMatch === undefined || mutation.ifMatch === '*') return
  const tags = mutation.ifMatch.split(',').map((tag) => tag.trim())
  if (!tags.includes(etagOf(version))) {
    throw new Problem(
      'etag-mismatch',
      `If-Match says ${mutation.ifMatch}, but the ETag now is ${etagOf(version)}. Read it again and repeat the change.`,
    )
  }
}
