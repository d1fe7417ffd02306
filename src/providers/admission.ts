import { type BulkheadPolicy, bulkhead } from 'cockatiel'
import { ProviderFailure } from '../cluster/failure.ts'
import type { UpstreamResponse } from '../cluster/provider.ts'
import type { MonotonicClock } from './monotonic-clock.ts'
import { Pace } from './pace.ts'

export interface AdmissionOptions {
  clock: MonotonicClock
  /** The provider's limit for one operation. */
  requestsPerSecond: number
  /** Calls under way at once, of all operations together. */
  concurrency: number
}

type Work = () => Promise<UpstreamResponse>

interface Waiter {
  /** Rises with every call: who came first goes first. */
  place: number
  /** By the monotonic clock. */
  deadline: number
  work: Work
  resolve: (response: UpstreamResponse) => void
  reject: (reason: unknown) => void
}

interface Lane {
  operation: string
  pace: Pace
  queue: Waiter[]
}

const leastRetryAfterMs = 1000

/**
 * Lets the calls of one connection through: each operation in order and at its own pace, all of them within one bound on
 * what is under way. A call takes its place under way only when its pace allows it to be sent, so that an operation
 * which has to wait holds up no other.
 */
export class Admission {
  readonly #clock: MonotonicClock
  readonly #requestsPerSecond: number
  // The queue is ours: a waiter can leave it, which one in the bulkhead's own queue cannot.
  readonly #underWay: BulkheadPolicy
  readonly #lanes = new Map<string, Lane>()
  #places = 0
  #callOffAlarm: () => void = () => {}

  constructor(options: AdmissionOptions) {
    this.#clock = options.clock
    this.#requestsPerSecond = options.requestsPerSecond
    this.#underWay = bulkhead(options.concurrency)
  }

  /**
   * Does `work` when its turn has come. Rejects as `work` does; or, without having begun it, with a `ProviderFailure` of
   * kind `rate-limited` as soon as it is certain that the turn cannot come by `deadline` (by the monotonic clock).
   */
  run(operation: string, deadline: number, work: Work): Promise<UpstreamResponse> {
    return new Promise((resolve, reject) => {
      this.#places += 1
      this.#lane(operation).queue.push({ place: this.#places, deadline, work, resolve, reject })
      this.#admit()
    })
  }

  /** No call of this operation for `pauseMs`. */
  pause(operation: string, pauseMs: number): void {
    this.#lane(operation).pace.pauseUntil(this.#clock.now() + pauseMs)
    this.#admit()
  }

  /** Nobody waits any longer. Calls under way are left to end. */
  refuseAll(refusal: ProviderFailure): void {
    this.#callOffAlarm()
    for (const lane of this.#lanes.values()) {
      for (const waiter of lane.queue.splice(0)) waiter.reject(refusal)
    }
  }

  #lane(operation: string): Lane {
    const known = this.#lanes.get(operation)
    if (known) return known
    const lane = { operation, pace: new Pace(this.#requestsPerSecond), queue: [] }
    this.#lanes.set(operation, lane)
    return lane
  }

  #admit(): void {
    const now = this.#clock.now()
    for (const lane of this.#lanes.values()) refuseLate(lane, now)
    for (let lane = this.#next(now); lane; lane = this.#next(now)) this.#start(lane, now)
    this.#setAlarm(now)
  }

  /** Of the lanes that may send now, the one whose first waiter came first. */
  #next(now: number): Lane | undefined {
    if (this.#underWay.executionSlots === 0) return undefined
    return [...this.#lanes.values()]
      .filter((lane) => lane.queue.length > 0 && lane.pace.readyTime() <= now)
      .sort((one, other) => placeOf(one) - placeOf(other))[0]
  }

  #start(lane: Lane, now: number): void {
    const waiter = lane.queue.shift()
    if (!waiter) return
    lane.pace.take(now)
    const done = this.#underWay.execute(waiter.work)
    done.then(waiter.resolve, waiter.reject).finally(() => this.#admit())
  }

  #setAlarm(now: number): void {
    this.#callOffAlarm()
    const waiting = [...this.#lanes.values()].filter((lane) => lane.queue.length > 0)
    const deadlines = waiting.flatMap((lane) => lane.queue.map((waiter) => waiter.deadline))
    // With every place taken, the end of a call is what lets the next one through.
    const turns = this.#underWay.executionSlots === 0 ? [] : waiting.map((lane) => lane.pace.readyTime())
    if (waiting.length === 0) return
    const delayMs = Math.ceil(Math.min(...deadlines, ...turns) - now)
    this.#callOffAlarm = this.#clock.alarm(delayMs, () => this.#admit())
  }
}

function placeOf(lane: Lane): number {
  return lane.queue[0]?.place ?? Number.POSITIVE_INFINITY
}

/** Who cannot have a turn in time is told now, and makes room for those behind. */
function refuseLate(lane: Lane, now: number): void {
  const kept: Waiter[] = []
  for (const waiter of lane.queue) {
    const turn = lane.pace.readyTime() + kept.length * lane.pace.intervalMs
    if (now < waiter.deadline && turn <= waiter.deadline) kept.push(waiter)
    else waiter.reject(tooLate(lane.operation, turn - now))
  }
  lane.queue = kept
}

function tooLate(operation: string, waitMs: number): ProviderFailure {
  return new ProviderFailure({
    kind: 'rate-limited',
    applied: 'no',
    retryable: true,
    retryAfterMs: Math.max(Math.ceil(waitMs), leastRetryAfterMs),
    message: `Nothing was sent: too many calls to this provider are waiting, and ${operation} would have waited too long.`,
  })
}
