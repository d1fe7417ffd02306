/**
 * Lets through so many in a turn of the event loop, in the order in which they come. What is heavy for one turn is light
 * for several: whoever asks for little, and came in between, is answered in between.
 */
export class Turnstile {
  readonly #perTurn: number
  readonly #waiting: (() => void)[] = []
  #passed = 0
  #turning = false

  constructor(perTurn: number) {
    this.#perTurn = perTurn
  }

  /** Resolves when its turn has come; undefined when that is now. */
  pass(): Promise<void> | undefined {
    if (!this.#turning) {
      this.#turning = true
      setImmediate(() => this.#turn())
    }
    if (this.#passed < this.#perTurn) {
      this.#passed++
      return undefined
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #turn(): void {
    const next = this.#waiting.splice(0, this.#perTurn)
    this.#passed = next.length
    this.#turning = next.length > 0
    if (this.#turning) setImmediate(() => this.#turn())
    for (const letThrough of next) letThrough()
  }
}
