/** The time, injected everywhere so that tests and simulations own it. Milliseconds since the epoch. */
export interface Clock {
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }

/** RFC 3339 in UTC with `Z`, or null. */
export function toRfc3339(timeMs: number): string
export function toRfc3339(timeMs: number | null): string | null
export function toRfc3339(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString()
}
