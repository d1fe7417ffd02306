import { makeWorld, type World } from './world.ts'

export interface SeededWorld extends World {
  /** How long it took to make. */
  seedS: number
}

/** Varied inventories, each made when it is first asked for and kept until the end, for every part that needs one so large. */
export class Inventories implements Disposable {
  readonly #worlds = new Map<number, SeededWorld>()

  readonly #varied: number

  /** `varied`: how many clusters of each are no copies of others. */
  constructor(varied: number) {
    this.#varied = varied
    // They are too large to be left behind.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        this[Symbol.dispose]()
        process.exit(1)
      })
    }
  }

  async of(clusters: number): Promise<SeededWorld> {
    const startMs = performance.now()
    const made = this.#worlds.get(clusters) ?? {
      ...(await makeWorld({ clusters, spread: true, varied: this.#varied })),
      seedS: (performance.now() - startMs) / 1000,
    }
    this.#worlds.set(clusters, made)
    return made
  }

  [Symbol.dispose](): void {
    for (const world of this.#worlds.values()) world[Symbol.dispose]()
    this.#worlds.clear()
  }
}
