/** Called now and then by whoever has long to do, and awaited: other work of the thread may have its turn. */
export type Pause = () => Promise<void> | undefined

/** Writes what the bodies of a transaction left to its end, all of it at once. */
type WriteAll<T> = (items: T[], pause: Pause) => Promise<void>

interface Waiting {
  writeAll: WriteAll<unknown>
  item: unknown
}

/**
 * Writes that are left to the end of a transaction and made together, for all bodies that share it: what is counted or
 * indexed by each of them is then written once, and an index that flushes itself at every savepoint does so once.
 */
export class LateWrites {
  #waiting: Waiting[] = []

  /** Leaves an item to a function, which is the same one for all items that are to be written together. */
  add<T>(writeAll: WriteAll<T>, item: T): void {
    this.#waiting.push({ writeAll: writeAll as WriteAll<unknown>, item })
  }

  get count(): number {
    return this.#waiting.length
  }

  /** Forgets those that came after there were `count`: what they belong to was rolled back. */
  cut(count: number): void {
    this.#waiting.length = count
  }

  /** Makes them. */
  async flush(pause: Pause = () => undefined): Promise<void> {
    const together = Map.groupBy(this.#waiting, ({ writeAll }) => writeAll)
    this.#waiting = []
    for (const [writeAll, waiting] of together)
      await writeAll(
        waiting.map(({ item }) => item),
        pause,
      )
  }
}
