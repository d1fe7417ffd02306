import { activity } from '../engine/activity.ts'

/** Tells when all code has run that can run before time goes on. */
export class Pulse {
  #underWay = 0
  /** Counts what has begun and ended. */
  beats = 0

  /** Work that ends without the help of the timeline. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#underWay += 1
    this.beats += 1
    try {
      return await work()
    } finally {
      this.#underWay -= 1
      this.beats += 1
    }
  }

  /** Resolves when nothing is under way, and nothing has begun for two turns of the event loop. */
  async quiet(): Promise<void> {
    for (let still = 0; still < 2; ) {
      const before = this.beats + activity.beats
      await new Promise((resolve) => setImmediate(resolve))
      still =
        this.#underWay + activity.underWay === 0 && this.beats + activity.beats === before ? still + 1 : 0
    }
  }
}
