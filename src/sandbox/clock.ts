/** The sandbox's idea of time. Durations of emulated work are computed from it whenever something is read. */
export interface SandboxClock {
  /** Milliseconds since the Unix epoch. */
  now(): number
}

export interface SpeedClockOptions {
  /** Sandbox milliseconds per real millisecond; 0 pauses. Default 1. */
  speed?: number
  /** Where the clock starts, in epoch milliseconds. Default: the wall clock's time. */
  startTime?: number
  /** The wall clock, in milliseconds. Default `Date.now`. */
  wall?: () => number
}

/** The wall clock times a factor. Never runs backwards and does not jump when the factor changes. */
export class SpeedClock implements SandboxClock {
  readonly #wall: () => number
  #speed: number
  #time: number
  #lastWall: number

  constructor(options: SpeedClockOptions = {}) {
    this.#wall = options.wall ?? Date.now
    this.#lastWall = this.#wall()
    this.#time = options.startTime ?? this.#lastWall
    this.#speed = requireNonNegative('speed', options.speed ?? 1)
  }

  get speed(): number {
    return this.#speed
  }

  now(): number {
    const wall = this.#wall()
    // A wall clock that is set back must not take the sandbox with it.
    if (wall > this.#lastWall) this.#time += (wall - this.#lastWall) * this.#speed
    this.#lastWall = wall
    return Math.floor(this.#time)
  }

  /** @throws RangeError when `speed` is negative or not finite */
  setSpeed(speed: number): void {
    this.now()
    this.#speed = requireNonNegative('speed', speed)
  }

  /** Jumps ahead. @throws RangeError when `ms` is negative or not finite */
  advance(ms: number): void {
    this.now()
    this.#time += requireNonNegative('ms', ms)
  }
}

function requireNonNegative(name: string, value: number): number {
  if (!Number.isFinite(value) || value < 0) throw new RangeError(`${name} must be zero or more, got ${value}`)
  return value
}
