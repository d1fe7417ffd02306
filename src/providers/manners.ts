import { type Clock, systemClock } from '../cluster/clock.ts'
import type { Limits, Send } from '../cluster/provider.ts'
import type { CircuitStatus } from './circuit.ts'
import { ConnectionCalls, type MannersLog } from './connection-calls.ts'
import { type MonotonicClock, monotonicClock } from './monotonic-clock.ts'

export interface MannersOptions {
  /** Sends one call, once. */
  send: Send
  clock?: MonotonicClock
  /** For what is told as a date. */
  wallClock?: Clock
  log?: MannersLog
  /** From 0 to 1. */
  random?: () => number
  /** Calls under way at once for one connection. Default: 10. */
  concurrency?: number
}

export interface CircuitReport extends CircuitStatus {
  connectionId: string
}

/** How the gateway behaves towards providers, whichever they are. */
export interface Manners extends Disposable {
  /**
   * The `send` of one connection. All calls made with any `sendFor` of the same connection together
   *
   * - keep to nine tenths of `limits.requestsPerSecond`, each operation in order; a 429 pauses its operation for as long
   *   as `Retry-After` says;
   * - are at most `concurrency` under way;
   * - stop when five in a row fail for want of an answer or with a 5xx, until the provider is well again.
   *
   * A GET is tried up to three times; nothing else ever is. What is not sent for these reasons fails with a
   * `ProviderFailure` that is `applied: 'no'` and retryable: `rate-limited` if its turn would not come within 20 s, else
   * `unavailable`. Any other failure or answer is the one that `send` gave.
   */
  sendFor(connection: { id: string }, limits: Pick<Limits, 'requestsPerSecond'>): Send
  /** The circuits of the connections that a `send` was made for. */
  circuits(): CircuitReport[]
  /** Starts afresh for a connection that has been changed or removed: whoever waits, or calls with a former `send`, is refused. */
  forget(connectionId: string): void
  /** Refuses whoever waits and whoever calls later. Calls under way are left to end. */
  close(): void
}

const silent: MannersLog = { info() {}, warn() {} }

/** Wraps the one `send` of a process. One connection's troubles do not touch another. */
export function createManners(options: MannersOptions): Manners {
  const given = {
    clock: monotonicClock,
    wallClock: systemClock,
    log: silent,
    random: Math.random,
    concurrency: 10,
    ...options,
  }
  const connections = new Map<string, ConnectionCalls>()
  let closed = false

  function callsOf(connectionId: string, requestsPerSecond: number): ConnectionCalls {
    const known = connections.get(connectionId)
    if (known) return known
    const calls = new ConnectionCalls({ ...given, connectionId, requestsPerSecond })
    connections.set(connectionId, calls)
    if (closed) calls.close(stopping)
    return calls
  }

  function close(): void {
    closed = true
    for (const calls of connections.values()) calls.close(stopping)
  }

  return {
    sendFor(connection, limits) {
      const calls = callsOf(connection.id, limits.requestsPerSecond)
      return (request) => calls.send(request)
    },
    circuits: () =>
      [...connections].map(([connectionId, { circuit }]) => ({ connectionId, ...circuit.status })),
    forget(connectionId) {
      connections.get(connectionId)?.close('the connection was changed or removed meanwhile')
      connections.delete(connectionId)
    },
    close,
    [Symbol.dispose]: close,
  }
}

const stopping = 'the gateway is stopping'
