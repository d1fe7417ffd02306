import type { Clock } from '../cluster/clock.ts'
import { ProviderFailure } from '../cluster/failure.ts'
import type { Send, UpstreamRequest, UpstreamResponse } from '../cluster/provider.ts'
import { Admission } from './admission.ts'
import { Circuit } from './circuit.ts'
import type { MonotonicClock } from './monotonic-clock.ts'
import { type Attempt, readRetryDelayMs } from './read-retry.ts'
import { retryAfterMs } from './reply.ts'

/** Where changes in how a connection is treated are told; pino's shape. */
export interface MannersLog {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
}

export interface ConnectionCallsOptions {
  connectionId: string
  send: Send
  clock: MonotonicClock
  wallClock: Clock
  log: MannersLog
  random: () => number
  requestsPerSecond: number
  concurrency: number
}

/** In all its tries together a call waits no longer than this for its turn, so that no lease runs out meanwhile. */
const longestWaitMs = 20_000
/** A read is tried again only if that begins so soon after the first try. */
const retryWindowMs = 10_000
/** For a 429 that does not say how long. */
const defaultPauseMs = 1000

/** All calls of one connection: their pace, their number under way, their circuit. */
export class ConnectionCalls {
  readonly circuit: Circuit
  readonly #options: ConnectionCallsOptions
  readonly #admission: Admission
  readonly #sleepers = new Set<() => void>()
  #closedBecause: string | null = null

  constructor(options: ConnectionCallsOptions) {
    const { connectionId, log } = options
    this.#options = options
    this.#admission = new Admission(options)
    this.circuit = new Circuit({
      ...options,
      changed: (circuit) => {
        const level = circuit.state === 'open' ? 'warn' : 'info'
        log[level]({ connectionId, circuit }, `the circuit of a connection is ${circuit.state}`)
        const refusal = this.circuit.refusal()
        if (refusal) this.#admission.refuseAll(refusal)
      },
    })
  }

  /** Sends a call when its turn has come, and a read up to three times. Refusals of its own are `applied: 'no'`. */
  async send(request: UpstreamRequest): Promise<UpstreamResponse> {
    const { clock, wallClock, random, log, connectionId } = this.#options
    const startTime = clock.now()
    for (let retries = 0; ; retries += 1) {
      const attempt = await this.#try(request, startTime + longestWaitMs)
      if (request.method !== 'GET' || this.#refusal()) return outcome(attempt)
      const delayMs = readRetryDelayMs(attempt, { retries, random, nowMs: wallClock.now() })
      if (delayMs === null || clock.now() - startTime + delayMs > retryWindowMs) return outcome(attempt)
      log.info({ connectionId, operation: request.operation, delayMs }, 'a read is tried again')
      await this.#sleep(delayMs)
      if (this.#refusal()) return outcome(attempt)
    }
  }

  /** Nobody waits any longer, and later calls are refused. Calls under way are left to end. */
  close(because: string): void {
    this.#closedBecause = because
    this.#admission.refuseAll(notSent(because))
    for (const wake of this.#sleepers) wake()
  }

  #refusal(): ProviderFailure | null {
    return this.#closedBecause === null ? this.circuit.refusal() : notSent(this.#closedBecause)
  }

  async #try(request: UpstreamRequest, deadline: number): Promise<Attempt> {
    const call = async () => {
      const response = await this.#options.send(request)
      if (response.status === 429) this.#slowDown(request.operation, response)
      return response
    }
    const refusal = this.#refusal()
    if (refusal) return { error: refusal }
    try {
      const response = await this.#admission.run(request.operation, deadline, () => this.circuit.run(call))
      return { response }
    } catch (error) {
      return { error }
    }
  }

  #slowDown(operation: string, { headers }: UpstreamResponse): void {
    const { connectionId, wallClock, log } = this.#options
    const pauseMs = retryAfterMs(headers, wallClock.now()) ?? defaultPauseMs
    log.warn({ connectionId, operation, pauseMs }, 'a provider asked to be called less often')
    this.#admission.pause(operation, pauseMs)
  }

  #sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        callOff()
        this.#sleepers.delete(wake)
        resolve()
      }
      const callOff = this.#options.clock.alarm(delayMs, wake)
      this.#sleepers.add(wake)
    })
  }
}

function outcome(attempt: Attempt): UpstreamResponse {
  if ('error' in attempt) throw attempt.error
  return attempt.response
}

function notSent(because: string): ProviderFailure {
  const message = `Nothing was sent: ${because}.`
  return new ProviderFailure({ kind: 'unavailable', applied: 'no', retryable: true, message })
}
