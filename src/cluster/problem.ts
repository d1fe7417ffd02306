import type { ProviderCause } from './cluster.ts'
import type { PolicyDecision } from './policy.ts'

/**
 * Every way in which clustergate says no: stable code → HTTP status, title. The one map.
 * RFC 9457: the code is the last part of the problem's `type`, which opens on this server.
 */
export const problemCodes = {
  'invalid-request': [400, 'The request is not valid'],
  'malformed-json': [400, 'The body is not JSON'],
  'invalid-page-token': [400, 'The page token is not valid for this query'],
  'before-history': [400, 'Nothing is known of so early an instant'],
  unauthenticated: [401, 'Authentication is required'],
  forbidden: [403, 'The caller may not do this'],
  'policy-denied': [403, "The team's policy does not allow this"],
  'not-found': [404, 'There is no such thing'],
  'method-not-allowed': [405, 'The path does not support this method'],
  'not-acceptable': [406, 'None of the accepted types can be given'],
  'name-taken': [409, 'The name is taken'],
  'possible-duplicate': [409, 'The team made much the same cluster a moment ago'],
  'operation-in-progress': [409, 'Another operation is under way'],
  'wrong-state': [409, 'The cluster is not in a state that allows this'],
  'deletion-protected': [409, 'The cluster is protected from deletion'],
  'unsupported-by-provider': [409, 'The provider cannot do this'],
  'connection-in-use': [409, 'The connection still has clusters'],
  'no-credentials': [409, 'There are no credentials to reveal'],
  'credentials-lost': [409, 'The credentials were lost on their way from the provider'],
  'already-revealed': [409, 'The credentials were to be revealed once, and were'],
  'last-admin-key': [409, 'The last key that administers everything cannot be revoked'],
  'key-ended': [409, 'The API key is revoked or expired'],
  'key-in-use': [409, 'The master key is still needed'],
  'key-not-rotatable': [409, 'The master key cannot be rotated so'],
  pruned: [410, 'The thing was removed by retention'],
  'etag-mismatch': [412, 'The thing has changed since it was read'],
  'body-too-large': [413, 'The body is too large'],
  'unsupported-media-type': [415, 'The content type is not supported'],
  'idempotency-key-reused': [422, 'The idempotency key was used for another request'],
  'rate-limited': [429, 'Too many requests'],
  'internal-error': [500, 'Something went wrong inside clustergate'],
  'upstream-failed': [502, 'The provider failed'],
  'storage-unavailable': [503, 'The store cannot be read now'],
  'audit-unavailable': [503, 'The change cannot be written down now, so it was not made'],
  'too-many-exports': [503, 'As many exports are under way as there may be'],
  'issuer-unavailable': [503, 'The issuer of the token cannot be reached'],
  'not-yet-observed': [503, 'The provider has not answered yet'],
  'not-yet-sequenced': [503, 'The entry has no place in the log yet'],
  frozen: [503, 'The gateway is frozen: it takes no changes'],
  'key-source-failed': [503, 'The master key could not be read again'],
  'master-key-lost': [503, 'The gateway is read-only: its master key is lost'],
  'shutting-down': [503, 'The gateway is stopping'],
} as const satisfies Record<string, readonly [number, string]>

export type ProblemCode = keyof typeof problemCodes

export interface FieldError {
  /** RFC 6901 pointer into the body, or `query/…`, `header/…`, `path/…` for what is not in it. */
  pointer: string
  detail: string
}

export interface ProblemExtras {
  errors?: FieldError[]
  provider?: ProviderCause
  /** Which rules of the team's policy are in the way. */
  policy?: PolicyDecision
  retryAfterS?: number
  /** Further members of the problem document, such as the link to what is in the way. */
  members?: Record<string, string | string[]>
  headers?: Record<string, string>
}

/** The one error of clustergate. Its message is for the caller; its cause, if any, is for the log. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly extras: ProblemExtras

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}, cause?: unknown) {
    super(detail, cause === undefined ? undefined : { cause })
    this.name = 'Problem'
    this.code = code
    this.extras = extras
  }

  get status(): number {
    return problemCodes[this.code][0]
  }

  get title(): string {
    return problemCodes[this.code][1]
  }

  /** The same request may work later, unchanged. */
  get retryable(): boolean {
    return [429, 502, 503, 504].includes(this.status)
  }
}

export function invalid(errors: FieldError[]): Problem {
  const detail = errors.map((e) => (e.pointer ? `${e.pointer}: ${e.detail}` : e.detail)).join('; ')
  return new Problem('invalid-request', detail.slice(0, 1000), { errors })
}
