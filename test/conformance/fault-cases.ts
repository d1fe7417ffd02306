import type { FailureDetails } from '../../src/cluster/failure.ts'
import type { Fault, FaultKind } from '../../src/sandbox/faults.ts'

type Expected = Pick<FailureDetails, 'kind' | 'applied' | 'retryable'> &
  Partial<Pick<FailureDetails, 'retryAfterMs' | 'httpStatus'>>

/** A fault that befalls one call, and the failure that must come of it when the call is one that changes something. */
export interface FaultCase {
  title: string
  fault: Fault
  /** The call takes effect although it fails. */
  committed: boolean
  expected: Expected
}

const unsure = { kind: 'unavailable', applied: 'unknown', retryable: true } as const
const senseless = { kind: 'protocol', applied: 'unknown', retryable: true } as const
const slowDown = { kind: 'rate-limited', applied: 'no', retryable: true } as const
const keyRefused = { kind: 'unauthenticated', applied: 'no', retryable: false } as const

const limitsKept: readonly FaultCase[] = [
  {
    title: '429 with Retry-After',
    fault: { kind: 'status', status: 429, body: 'Too Many Requests', headers: { 'retry-after': '7' } },
    committed: false,
    expected: { ...slowDown, retryAfterMs: 7000, httpStatus: 429 },
  },
  {
    title: '429 as a page',
    fault: { kind: 'html', status: 429 },
    committed: false,
    expected: { ...slowDown, httpStatus: 429 },
  },
  {
    title: '401 as a page',
    fault: { kind: 'html', status: 401 },
    committed: false,
    expected: { ...keyRefused, httpStatus: 401 },
  },
]

/** Of these nobody can tell whether they came before the deed or after it. */
function either(title: string, fault: Fault, expected: Expected): FaultCase[] {
  return [
    { title: `${title}, before the deed`, fault, committed: false, expected },
    {
      title: `${title}, after the deed`,
      fault: { ...fault, committed: true } as Fault,
      committed: true,
      expected,
    },
  ]
}

const unwell: readonly FaultCase[] = [
  ...either(
    '500',
    { kind: 'status', status: 500, body: 'Internal Server Error' },
    { ...unsure, httpStatus: 500 },
  ),
  ...either('an empty 500', { kind: 'status', status: 500 }, { ...unsure, httpStatus: 500 }),
  ...either(
    '503 with Retry-After',
    { kind: 'status', status: 503, body: 'Service Unavailable', headers: { 'retry-after': '11' } },
    { ...unsure, retryAfterMs: 11_000, httpStatus: 503 },
  ),
  ...either('504', { kind: 'status', status: 504, body: 'Gateway Timeout' }, { ...unsure, httpStatus: 504 }),
  ...either('408', { kind: 'status', status: 408, body: 'Request Timeout' }, { ...unsure, httpStatus: 408 }),
  ...either('a 502 page', { kind: 'html' }, { ...unsure, httpStatus: 502 }),
  ...either('a page with a 200', { kind: 'html', status: 200 }, { ...senseless, httpStatus: 200 }),
]

const broken: readonly FaultCase[] = [
  { title: 'dropBefore', fault: { kind: 'dropBefore' }, committed: false, expected: unsure },
  { title: 'dropAfter', fault: { kind: 'dropAfter' }, committed: true, expected: unsure },
  {
    title: 'truncate',
    fault: { kind: 'truncate' },
    committed: true,
    expected: { ...senseless, httpStatus: 200 },
  },
]

export const quickFaults: readonly FaultCase[] = [...limitsKept, ...unwell, ...broken]

/** These end when the caller's patience does. */
export const endlessFaults: readonly FaultCase[] = [
  { title: 'hang', fault: { kind: 'hang' }, committed: false, expected: unsure },
  { title: 'hangAfter', fault: { kind: 'hangAfter' }, committed: true, expected: unsure },
  {
    title: 'a latency beyond all patience',
    fault: { kind: 'latency', ms: 3_600_000 },
    committed: false,
    expected: unsure,
  },
]

/** What is tested elsewhere: that none is forgotten is a case of its own. */
export const otherFaultKinds: readonly FaultKind[] = [
  'error',
  'stuck',
  'state',
  'shiftPages',
  'notFoundOnce',
  'fail',
]
