import type { ProblemCode } from '../../cluster/problem.ts'

interface HeaderParameter {
  name: string
  description: string
  schema: object
  example: string
  /** What a caller that sends it may be refused with. */
  problems: readonly ProblemCode[]
}

/** Request headers that mean something, by a short name; operations say which of them they know. */
export const headerParameters = {
  ifMatch: {
    name: 'If-Match',
    description: 'Do it only if the thing still has this ETag; otherwise 412.',
    schema: { type: 'string', maxLength: 1000 },
    example: '"7"',
    problems: ['etag-mismatch'],
  },
  ifNoneMatch: {
    name: 'If-None-Match',
    description: 'Answer 304 without a body if the thing still has this ETag.',
    schema: { type: 'string', maxLength: 1000 },
    example: '"7"',
    problems: [],
  },
  idempotencyKey: {
    name: 'Idempotency-Key',
    description:
      'Names this request: sent again with the same key it is answered again, marked `Idempotent-Replayed: true`, and not carried out again. Bare or quoted.',
    schema: { type: 'string', minLength: 1, maxLength: 257 },
    example: '5b1e2f0c-6f0a-4f0e-9d53-0a8f6f3f2f11',
    problems: ['idempotency-key-reused'],
  },
  prefer: {
    name: 'Prefer',
    description:
      '`wait=N` waits up to N seconds (60 at the most) for news before the answer, which then says `Preference-Applied`.',
    schema: { type: 'string', maxLength: 200 },
    example: 'wait=1',
    problems: [],
  },
  onBehalfOf: {
    name: 'On-Behalf-Of',
    description:
      'The person that you act for, as the audit log shall name them. Only from an API key made with `allowOnBehalfOf`; it grants nothing.',
    schema: { type: 'string', minLength: 1, maxLength: 200 },
    example: 'jane@example.com',
    problems: [],
  },
  reason: {
    name: 'Reason',
    description: 'Why you do this, in up to 512 characters. Kept in the audit log.',
    schema: { type: 'string', maxLength: 512 },
    example: 'INC-1042',
    problems: [],
  },
} as const satisfies Record<string, HeaderParameter>

export type HeaderName = keyof typeof headerParameters
