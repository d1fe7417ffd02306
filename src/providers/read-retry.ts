import type { UpstreamResponse } from '../cluster/provider.ts'
import { isUnavailable } from './circuit.ts'
import { retryAfterMs } from './reply.ts'

/** What one try of a call came to. */
export type Attempt = { response: UpstreamResponse } | { error: unknown }

/** Retries of one read, beside the first try. */
const maxRetries = 2
const firstBoundMs = 500
/** A provider that asks for more is not waited for. */
const longestRetryAfterMs = 5000
const passingStatuses = [502, 503, 504]

export interface RetryContext {
  /** How many retries have been made. */
  retries: number
  /** From 0 to 1. */
  random: () => number
  /** Epoch milliseconds. */
  nowMs: number
}

/**
 * How long to wait before a read is tried again: full jitter (a random part of a doubling bound), not less than the
 * provider's `Retry-After`. Null when it is not worth trying.
 */
export function readRetryDelayMs(attempt: Attempt, context: RetryContext): number | null {
  if (context.retries >= maxRetries || !isPassing(attempt)) return null
  const askedMs = 'response' in attempt ? (retryAfterMs(attempt.response.headers, context.nowMs) ?? 0) : 0
  if (askedMs > longestRetryAfterMs) return null
  return Math.max(askedMs, context.random() * firstBoundMs * 2 ** context.retries)
}

function isPassing(attempt: Attempt): boolean {
  if ('response' in attempt) return passingStatuses.includes(attempt.response.status)
  return isUnavailable(attempt.error)
}
