const WINDOW_MS = 60_000

/** Counts the calls of each key over the last sandbox minute. */
export class RateLimit {
  readonly #calls = new Map<string, number[]>()

  /** Whether one more call fits. A refused call does not count. */
  admits(key: string, perMinute: number | null, now: number): boolean {
    if (perMinute === null) return true
    const recent = (this.#calls.get(key) ?? []).filter((time) => time > now - WINDOW_MS)
    const admitted = recent.length < perMinute
    if (admitted) recent.push(now)
    this.#calls.set(key, recent)
    return admitted
  }

  clear(): void {
    this.#calls.clear()
  }
}
