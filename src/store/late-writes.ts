/**
 * Writes that are left to the end of a transaction and made together, for all bodies that share it. For an index that
 * flushes itself at every savepoint: entry by entry it would cost three times as much.
 */
export class LateWrites {
  #waiting: (() => void)[] = []

  add(write: () => void): void {
    this.#waiting.push(write)
  }

  get count(): number {
    return this.#waiting.length
  }

  /** Forgets those that came after there were `count`: what they belong to was rolled back. */
  cut(count: number): void {
    this.#waiting.length = count
  }

  /** Makes them. */
  flush(): void {
    const writes = this.#waiting
    this.#waiting = []
    for (const write of writes) write()
  }
}
