import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  type FailureReason,
  handleWhen,
  type IBackoff,
  type IHalfOpenAfterBackoffContext,
} from 'cockatiel'
import type { Clock } from '../cluster/clock.ts'
import { ProviderFailure } from '../cluster/failure.ts'
import type { UpstreamResponse } from '../cluster/provider.ts'
import type { MonotonicClock } from './monotonic-clock.ts'

export interface CircuitStatus {
  /** `open`: calls are refused; `half-open`: one call is under way that decides. */
  state: 'closed' | 'open' | 'half-open'
  /** When it came to this state, in epoch milliseconds. */
  since: number
  /** How many calls in a row have failed. */
  failures: number
  /** What the last of them was; null when there are none. Holds no secret. */
  lastFailure: string | null
}

export interface CircuitOptions {
  connectionId: string
  clock: MonotonicClock
  wallClock: Clock
  /** Told of every change of state. */
  changed: (status: CircuitStatus) => void
}

const failuresToOpen = 5
const firstPauseMs = 10_000
const longestPauseMs = 60_000
/** How long the one call of a half-open circuit takes is not known. */
const probeRetryAfterMs = 1000

const stateNames = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Isolated]: 'open',
} as const

/**
 * Stops calling a provider that is unwell: no whole answer, or a 5xx. Five in a row open the circuit; after 10 s, and
 * twice as long each time up to 60 s, one call may try. Any other answer, also a 401 or a 429, shows that it is well.
 */
export class Circuit {
  readonly #options: CircuitOptions
  readonly #policy: CircuitBreakerPolicy
  #since: number
  #failures = 0
  #lastFailure: string | null = null
  #pauseEndTime = Number.NEGATIVE_INFINITY

  constructor(options: CircuitOptions) {
    this.#options = options
    this.#since = options.wallClock.now()
    this.#policy = circuitBreaker(handleWhen(isUnavailable).orWhenResult(isServerError), {
      breaker: new ConsecutiveBreaker(failuresToOpen),
      halfOpenAfter: { next: ({ attempt }) => this.#pause(attempt) },
    })
    this.#policy.onFailure(({ handled, reason }) => handled && this.#failed(reason))
    this.#policy.onSuccess(() => this.#succeeded())
    this.#policy.onStateChange((state) => this.#changed(state))
  }

  get status(): CircuitStatus {
    const state = stateNames[this.#policy.state]
    return { state, since: this.#since, failures: this.#failures, lastFailure: this.#lastFailure }
  }

  /** Why a call would be refused now; null when it would be made. */
  refusal(): ProviderFailure | null {
    const { state, failures, lastFailure } = this.status
    const pauseLeftMs = this.#pauseEndTime - this.#options.clock.now()
    if (state === 'closed' || (state === 'open' && pauseLeftMs <= 0)) return null
    const circuit = `the circuit of connection ${this.#options.connectionId} is ${state}`
    return new ProviderFailure({
      kind: 'unavailable',
      applied: 'no',
      retryable: true,
      retryAfterMs: state === 'open' ? Math.ceil(pauseLeftMs) : probeRetryAfterMs,
      message: `Nothing was sent: ${circuit} after ${failures} failed calls in a row. The last: ${lastFailure}`,
    })
  }

  /** Makes the call, or rejects at once with `refusal()`. Calls beside the one that tries a half-open circuit do not wait for it. */
  async run(call: () => Promise<UpstreamResponse>): Promise<UpstreamResponse> {
    const refusal = this.refusal()
    if (refusal) throw refusal
    return this.#policy.execute(call)
  }

  /** The breaker compares with the wall clock, which may be set; a pause that is endless until it is over leaves it to ours. */
  #pause(attempt: number): IBackoff<IHalfOpenAfterBackoffContext> {
    const { clock } = this.#options
    const endTime = clock.now() + Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs)
    this.#pauseEndTime = endTime
    return {
      get duration() {
        return clock.now() < endTime ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
      },
      next: (context) => this.#pause(context.attempt),
    }
  }

  #failed(reason: FailureReason<unknown>): void {
    this.#failures += 1
    this.#lastFailure = describe(reason)
  }

  #succeeded(): void {
    // A call from before the circuit opened, which ends well now, does not close it.
    if (this.#policy.state === CircuitState.Closed) this.#forgetFailures()
  }

  #forgetFailures(): void {
    this.#failures = 0
    this.#lastFailure = null
  }

  #changed(state: CircuitState): void {
    this.#since = this.#options.wallClock.now()
    if (state === CircuitState.Closed) this.#forgetFailures()
    this.#options.changed(this.status)
  }
}

/** No whole answer came. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof ProviderFailure && error.kind === 'unavailable'
}

function isServerError(response: unknown): boolean {
  return (statusOf(response) ?? 0) >= 500
}

function statusOf(response: unknown): number | null {
  if (typeof response !== 'object' || response === null || !('status' in response)) return null
  return typeof response.status === 'number' ? response.status : null
}

function describe(reason: FailureReason<unknown>): string {
  if ('value' in reason) return `the provider answered ${statusOf(reason.value)}.`
  return reason.error instanceof Error ? reason.error.message : 'no answer came.'
}
