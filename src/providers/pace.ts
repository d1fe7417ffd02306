/** The part of a provider's limit that is used; the rest is for clocks and networks that are not exact. */
const usedShare = 0.9
const toleranceMs = 100

/**
 * The generic cell rate algorithm (ITU-T I.371): one call every `intervalMs` on average, and one that comes late lets the
 * next come as much sooner, `toleranceMs` at most. So no second ever holds more calls than the provider's limit
 * (`(1000 + toleranceMs) / intervalMs` is 0.99 of it).
 */
export class Pace {
  /** Milliseconds between two calls, on average. */
  readonly intervalMs: number
  #theoreticalTime = Number.NEGATIVE_INFINITY
  #pauseEndTime = Number.NEGATIVE_INFINITY

  constructor(requestsPerSecond: number) {
    this.intervalMs = 1000 / (requestsPerSecond * usedShare)
  }

  /** The earliest moment of the next call. */
  readyTime(): number {
    return Math.max(this.#theoreticalTime - toleranceMs, this.#pauseEndTime)
  }

  /** A call is made at `now`, which is not before `readyTime()`. */
  take(now: number): void {
    this.#theoreticalTime = Math.max(this.#theoreticalTime, now) + this.intervalMs
  }

  /** No call before `endTime`. A shorter pause does not end a longer one. */
  pauseUntil(endTime: number): void {
    this.#pauseEndTime = Math.max(this.#pauseEndTime, endTime)
  }
}
