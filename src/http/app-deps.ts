import type { Logger } from 'pino'
import type { TokenVerifier } from '../access/token-verifier.ts'
import type { AddressSet } from '../cluster/address-set.ts'
import type { Clock } from '../cluster/clock.ts'
import type { Adapters } from '../cluster/provider.ts'
import type { KeysAdministration } from '../keys/keys-administration.ts'
import type { Store } from '../store/store.ts'
import type { Vault } from '../vault/vault.ts'

export const circuitStates = ['CLOSED', 'OPEN', 'HALF_OPEN'] as const

/** Whether calls for a connection are made (`CLOSED`), held back (`OPEN`), or tried one at a time. */
export type CircuitState = (typeof circuitStates)[number]

/** Numbers as a scraper takes them. */
export interface MetricsText {
  contentType: string
  text: string
}

export interface RequestMetrics {
  /** A request was answered. `route` is the path of its operation; null where there is none. */
  request(route: string | null, method: string, status: number, durationMs: number): void
  text(): Promise<MetricsText>
}

/** What a line tells of a request. Whatever its caller wrote is scrubbed before, which costs less than reading each line. */
export interface RequestLine {
  method: string
  /** The path of the operation; null where there is none. */
  route: string | null
  path: string
  status: number
  durationMs: number
  requestId: string
  actor: string | null
  /** Null of a stream, whose size nobody knows yet. */
  bytes: number | null
  traceId?: string
}

type RequestLevel = 'debug' | 'info'

/** Takes the line of each request. */
export interface RequestLog {
  isLevelEnabled(level: RequestLevel): boolean
  write(level: RequestLevel, line: RequestLine): void
}

/** All that the HTTP side needs; made and owned by whoever starts it. */
export interface AppDeps {
  store: Store
  vault: Vault
  masterKeys: KeysAdministration
  adapters: Adapters
  /** Checks tokens of the issuers that are trusted; left out where none is. */
  tokens?: TokenVerifier
  clock: Clock
  log: Logger
  requestLog: RequestLog
  /** The text without any secret that this process knows. */
  scrub(text: string): string
  metrics: RequestMetrics
  config: {
    /** Let connections point at plain http on loopback addresses, where a sandbox listens. */
    allowLoopbackUpstreams: boolean
    version: string
    /** Failed authentications from one address in a minute, after which more are held back. */
    authFailuresPerMinute: number
    /** Private networks in which a connection may reach its provider. */
    allowedUpstreams?: AddressSet
    /** Whose word on where a request came from is believed. Left out, nobody's. */
    trustedProxies?: AddressSet
    /** Origins whose pages may call from a browser. Left out, none. */
    corsOrigins?: ReadonlySet<string>
  }
  /** From now on this text is kept out of every log line. */
  hide(secret: string): void
  /** Whether the rest of the process does its work, by the name of each check. */
  readiness(): { ready: boolean; checks: Record<string, string> }
  /** The state of a connection's circuit breaker, as this process sees it. */
  circuitOf(connectionId: string): CircuitState
  /** Aborted when the server begins to stop: callers that wait are answered at once. */
  stopping: AbortSignal
  /** Hold every JSON answer to its declared schema. Costs more than the answer itself: for tests. */
  validateAnswers?: boolean
}
