import type { Clock } from '../../src/cluster/clock.ts'

interface Moment {
  time: number
  run: () => void
}

/** Time that jumps from one thing to happen to the next. Milliseconds since the epoch. */
export class Timeline implements Clock {
  #now: number
  /** In the order in which they come; of one time, in the order in which they were planned. */
  readonly #moments: Moment[] = []

  constructor(startTime: number) {
    this.#now = startTime
  }

  readonly now = (): number => this.#now

  /** When the next thing happens; null when nothing will. */
  nextTime(): number | null {
    return this.#moments[0]?.time ?? null
  }

  after(ms: number, run: () => void): void {
    const time = this.#now + ms
    let index = this.#moments.length
    while (index > 0 && (this.#moments[index - 1]?.time ?? 0) > time) index -= 1
    this.#moments.splice(index, 0, { time, run })
  }

  delay(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve))
  }

  /** Goes to the next moment and lets it happen. */
  step(): void {
    const moment = this.#moments.shift()
    if (!moment) throw new Error('nothing is to happen any more')
    this.#now = Math.max(this.#now, moment.time)
    moment.run()
  }

  /** Lets the time pass in which nothing happens. */
  skipTo(time: number): void {
    this.#now = Math.max(this.#now, time)
  }
}
