/** Time that only moves forward, and alarms on it; injected so that tests and simulations own both. */
export interface MonotonicClock {
  /** Milliseconds since a fixed moment. */
  now(): number
  /** Calls `ring` once, after `delayMs`. The answer calls it off. */
  alarm(delayMs: number, ring: () => void): () => void
}

/** The process's own. Its alarms do not keep the process alive. */
export const monotonicClock: MonotonicClock = {
  now: () => performance.now(),
  alarm(delayMs, ring) {
    const timer = setTimeout(ring, delayMs).unref()
    return () => clearTimeout(timer)
  },
}
