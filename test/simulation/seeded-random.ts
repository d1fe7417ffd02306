/** Repeatable randomness: the same seed and name give the same numbers for ever (mulberry32). */
export class SeededRandom {
  #state: number

  /** Streams of different names are independent: one that is drawn from more often does not shift the others. */
  constructor(seed: number, name: string) {
    let hash = seed | 0
    for (const character of name) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193)
    this.#state = hash ^ (hash >>> 15)
  }

  /** From 0, included, to 1, excluded. */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.between(0, items.length - 1)]
    if (item === undefined) throw new RangeError('there is nothing to pick from')
    return item
  }

  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, rank: this.next() }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ item }) => item)
  }
}
