import type { FailureDetails } from '../../cluster/failure.ts'
import type { Json } from '../../cluster/json.ts'

/** The gRPC codes in the order of their numbers: errors give the number, `cluster.status` the name. */
const names = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const

export type Code = (typeof names)[number]

/** The name of a code given as a number, as digits or as a name; null for anything else. */
export function codeName(value: Json | undefined): Code | null {
  if (typeof value === 'number') return names[value] ?? null
  if (typeof value !== 'string' || value === '') return null
  if (/^\d+$/.test(value)) return names[Number(value)] ?? null
  return names.find((name) => name === value.toUpperCase()) ?? null
}

/** What a refusal means: which kind, whether the change may have happened anyway, whether to ask again. */
export type Meaning = Pick<FailureDetails, 'kind' | 'applied' | 'retryable'>

const refused = { applied: 'no', retryable: false } as const

/** The request may have been carried out and only its answer lost. */
const unsure = { kind: 'unavailable', applied: 'unknown', retryable: true } as const

/** An answer that makes no sense of its own; a change may have happened. */
const senseless = { kind: 'protocol', applied: 'unknown', retryable: true } as const

export const codeMeanings: Readonly<Record<Code, Meaning>> = {
  OK: senseless,
  CANCELLED: unsure,
  UNKNOWN: unsure,
  INVALID_ARGUMENT: { kind: 'invalid', ...refused },
  DEADLINE_EXCEEDED: unsure,
  NOT_FOUND: { kind: 'not-found', ...refused },
  ALREADY_EXISTS: { kind: 'name-taken', ...refused },
  PERMISSION_DENIED: { kind: 'forbidden', ...refused },
  RESOURCE_EXHAUSTED: { kind: 'rate-limited', applied: 'no', retryable: true },
  FAILED_PRECONDITION: { kind: 'wrong-state', ...refused },
  // A transaction that was rolled back: nothing happened, the whole may be tried again.
  ABORTED: { kind: 'wrong-state', applied: 'no', retryable: true },
  OUT_OF_RANGE: { kind: 'invalid', ...refused },
  UNIMPLEMENTED: { kind: 'unsupported', ...refused },
  INTERNAL: unsure,
  UNAVAILABLE: unsure,
  DATA_LOSS: { ...unsure, retryable: false },
  UNAUTHENTICATED: { kind: 'unauthenticated', ...refused },
}

const statusMeanings: Readonly<Record<number, Meaning>> = {
  401: { kind: 'unauthenticated', ...refused },
  402: { kind: 'quota', ...refused },
  403: { kind: 'forbidden', ...refused },
  // Without a code of Fireworks' own this may be any proxy on the way: no word on whether the cluster exists.
  404: { kind: 'protocol', applied: 'no', retryable: true },
  405: { kind: 'unsupported', ...refused },
  408: unsure,
  409: { kind: 'wrong-state', applied: 'no', retryable: true },
  // How a suspended account is told off; only its owner can mend that.
  412: { kind: 'quota', ...refused },
  429: { kind: 'rate-limited', applied: 'no', retryable: true },
  499: unsure,
  501: { kind: 'unsupported', ...refused },
}

/** For errors that carry no code of Fireworks' own. */
export function statusMeaning(status: number): Meaning {
  const known = statusMeanings[status]
  if (known) return known
  if (status < 300) return senseless
  if (status < 400) return { kind: 'protocol', ...refused }
  return status < 500 ? { kind: 'invalid', ...refused } : unsure
}
