import { setImmediate } from 'node:timers/promises'
import { ProviderFailure } from '../../src/cluster/failure.ts'
import type { UpstreamRequest, UpstreamResponse } from '../../src/cluster/provider.ts'
import { createManners, type Manners, type MannersOptions } from '../../src/providers/manners.ts'
import type { MonotonicClock } from '../../src/providers/monotonic-clock.ts'

/** Time that passes only when a test says so, alarm by alarm. */
export class VirtualTime implements MonotonicClock {
  #now = 0
  readonly #alarms = new Set<{ time: number; ring: () => void }>()

  now = () => this.#now

  alarm(delayMs: number, ring: () => void): () => void {
    const alarm = { time: this.#now + delayMs, ring }
    this.#alarms.add(alarm)
    return () => this.#alarms.delete(alarm)
  }

  get alarms(): number {
    return this.#alarms.size
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await setImmediate()
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#alarms.delete(next)
      this.#now = Math.max(this.#now, next.time)
      next.ring()
      await setImmediate()
    }
    this.#now = end
  }

  #next(end: number) {
    const due = [...this.#alarms].filter((alarm) => alarm.time <= end)
    return due.sort((one, other) => one.time - other.time)[0]
  }
}

/** What a provider does with a call: an answer, no answer, or nothing until `end` is called. */
export type Reply = UpstreamResponse | ProviderFailure | 'hang'

export interface Sent {
  /** What came behind the host: `/3`. */
  path: string
  operation: string
  host: string
  time: number
  /** Ends a call that hangs. */
  end: (reply: UpstreamResponse) => void
}

export interface Bench {
  time: VirtualTime
  sent: Sent[]
  /** What the provider does from now on. */
  reply: (request: UpstreamRequest) => Reply
  manners: Manners
  /** Calls `operation` of a connection, whose id is also its provider's host. */
  call: (options?: Partial<CallOptions>) => Promise<UpstreamResponse>
}

export interface CallOptions {
  connection: string
  operation: string
  method: UpstreamRequest['method']
  path: string
}

export const epoch = Date.UTC(2026, 0, 1)
export const connection = 'con_1'

/** Manners at virtual time around a provider that does what the test says; `random` is 0.5. */
export function createBench(options: Partial<MannersOptions> & { requestsPerSecond?: number } = {}): Bench {
  const { requestsPerSecond = 10, ...given } = options
  const time = new VirtualTime()
  const sent: Sent[] = []
  const manners = createManners({
    clock: time,
    wallClock: { now: () => epoch + time.now() },
    random: () => 0.5,
    send: async (request) => {
      const { host, pathname: path } = new URL(request.url)
      const reply = bench.reply(request)
      const { promise, resolve: end } = Promise.withResolvers<UpstreamResponse>()
      sent.push({ path, host, operation: request.operation, time: time.now(), end })
      if (reply instanceof ProviderFailure) throw reply
      return reply === 'hang' ? promise : reply
    },
    ...given,
  })
  const bench: Bench = {
    time,
    sent,
    manners,
    reply: () => answer(200),
    call: ({ connection: id = connection, operation = 'getCluster', method = 'POST', path = '/' } = {}) => {
      const send = manners.sendFor({ id }, { requestsPerSecond })
      return send({ operation, method, url: `https://${id}${path}`, headers: {} })
    },
  }
  return bench
}

export function answer(status: number, headers: Record<string, string> = {}): UpstreamResponse {
  return { status, headers, text: '' }
}

export const noAnswer = new ProviderFailure({
  kind: 'unavailable',
  applied: 'unknown',
  retryable: true,
  message: 'The connection broke.',
})

/** What each call came to so far: its status, its failure, or null while it waits. */
export function outcomes(calls: Promise<UpstreamResponse>[]): (number | ProviderFailure | null)[] {
  const ended: (number | ProviderFailure | null)[] = calls.map(() => null)
  calls.forEach((call, index) => {
    call.then(
      ({ status }) => {
        ended[index] = status
      },
      (error: ProviderFailure) => {
        ended[index] = error
      },
    )
  })
  return ended
}

export async function failureOf(call: Promise<unknown>): Promise<ProviderFailure> {
  const outcome = await call.then(
    () => 'it succeeded',
    (error: unknown) => error,
  )
  if (outcome instanceof ProviderFailure) return outcome
  throw new Error('expected a ProviderFailure', { cause: outcome })
}

/** Five calls to a provider that gives no answer. */
export async function breakCircuit(bench: Bench, id = connection): Promise<void> {
  const { reply } = bench
  bench.reply = () => noAnswer
  const calls = Array.from({ length: 5 }, (_, index) =>
    failureOf(bench.call({ connection: id, operation: `break${index}` })),
  )
  await Promise.all(calls)
  bench.reply = reply
}
