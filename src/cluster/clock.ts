/** The time, injected everywhere so that tests and simulations own it. Milliseconds since the epoch. */
export interface Clock {
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }

/** What is written at once, or seen by one sync, has the same time in many places. */
let last = { timeMs: Number.NaN, text: '' }

/** RFC 3339 in UTC with `Z`, or null. */
export function toRfc3339(timeMs: number): string
export function toRfc3339(timeMs: number | null): string | null
export function toRfc3339(timeMs: number | null): string | null {
  if (timeMs === null) return null
  if (timeMs !== last.timeMs) last = { timeMs, text: new Date(timeMs).toISOString() }
  return last.text
}
