/** What kind of no a provider gave. No HTTP status travels further in than the adapter. */
export type FailureKind =
  | 'invalid' // the request itself is refused; asking again changes nothing
  | 'unauthenticated' // the connection's key is refused
  | 'forbidden' // the key may not do this
  | 'not-found' // the provider says there is no such cluster
  | 'name-taken' // another cluster has the name; after an unknown attempt it may be ours
  | 'wrong-state' // not now: the cluster is busy or in a state that does not allow it
  | 'quota' // the account has no room or no budget
  | 'unsupported' // the provider, plan or region cannot do it
  | 'rate-limited' // slow down
  | 'unavailable' // the provider is unwell, or could not be reached
  | 'protocol' // the answer could not be understood
  | 'address-refused' // we do not send a key to where the provider's name leads

/** Whether the call may have taken effect although it failed. */
export type Applied = 'no' | 'unknown'

export interface FailureDetails {
  kind: FailureKind
  applied: Applied
  /** The same call may work later. */
  retryable: boolean
  message: string
  retryAfterMs?: number | undefined
  httpStatus?: number | undefined
  /** The provider's own code, verbatim. */
  code?: string | undefined
  requestId?: string | undefined
}

/** A call that was not made, but may be later. */
export function unsent(why: string): ProviderFailure {
  const message = `Nothing was sent: ${why}.`
  return new ProviderFailure({ kind: 'unavailable', applied: 'no', retryable: true, message })
}

/**
 * The one way in which an adapter fails. It carries no request and no header, so that no log line
 * made of it can hold a secret.
 */
export class ProviderFailure extends Error {
  readonly kind: FailureKind
  readonly applied: Applied
  readonly retryable: boolean
  readonly retryAfterMs: number | null
  readonly httpStatus: number | null
  readonly code: string | null
  readonly requestId: string | null

  constructor(details: FailureDetails) {
    super(details.message)
    this.name = 'ProviderFailure'
    this.kind = details.kind
    this.applied = details.applied
    this.retryable = details.retryable
    this.retryAfterMs = details.retryAfterMs ?? null
    this.httpStatus = details.httpStatus ?? null
    this.code = details.code ?? null
    this.requestId = details.requestId ?? null
  }
}
