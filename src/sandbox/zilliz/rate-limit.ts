export interface RateLimitOptions {
  /** Requests a second, for each key and route; also how many may come at once. Default 20. */
  perSecond?: number
  /** Milliseconds from anywhere; real time by default, however fast the sandbox runs. */
  now?: () => number
}

interface Bucket {
  tokens: number
  time: number
}

/** A token bucket for each key and route. */
export class RateLimit {
  readonly #perSecond: number
  readonly #now: () => number
  readonly #buckets = new Map<string, Bucket>()

  constructor({ perSecond = 20, now = () => performance.now() }: RateLimitOptions = {}) {
    this.#perSecond = perSecond
    this.#now = now
  }

  /** Whether this request may pass. */
  admits(route: string): boolean {
    const time = this.#now()
    const bucket = this.#buckets.get(route) ?? { tokens: this.#perSecond, time }
    const refilled = Math.min(
      this.#perSecond,
      bucket.tokens + ((time - bucket.time) / 1000) * this.#perSecond,
    )
    const admitted = refilled >= 1
    this.#buckets.set(route, { tokens: admitted ? refilled - 1 : refilled, time })
    return admitted
  }

  clear(): void {
    this.#buckets.clear()
  }
}
