export interface Timing {
  /** The first wait between two observations, in milliseconds. */
  pollInitialMs: number
  /** The longest wait between two observations. */
  pollMaxMs: number
  /** How often a steady connection is looked at. */
  syncIntervalMs: number
  /** The longest that one call can take, with all its timeouts. */
  callMs: number
  /** A lease outlives any call that is made under it: none is begun when less than `callMs` of it is left. */
  leaseMs: number
  /** Two looks must be this far apart before they prove that a create never happened. */
  lookGapMs: number
}

/** A number from 0 to 1, as `Math.random` gives it; injected so that a simulation can repeat itself. */
export type Random = () => number

/** How long until the n-th observation: quickly at first, then slower, spread so that clusters do not move in step. */
export function pollDelayMs(timing: Timing, polls: number, random: Random): number {
  const grown = Math.min(timing.pollInitialMs * 1.5 ** Math.min(polls, 40), timing.pollMaxMs)
  return Math.round(grown * (0.8 + 0.4 * random()))
}

/** Full jitter (a random part of a doubling bound), but never before the provider's own `Retry-After`. */
export function retryDelayMs(
  timing: Timing,
  failures: number,
  retryAfterMs: number | null,
  random: Random,
): number {
  const bound = Math.min(
    timing.pollInitialMs * 2 ** Math.min(failures, 20),
    Math.max(timing.pollMaxMs, 60_000),
  )
  return Math.round((retryAfterMs ?? 0) + Math.max(50, bound * random()))
}
