import { type ProblemCode, problemCodes } from '../../cluster/problem.ts'
import type { Operation } from '../operation.ts'
import { headerParameters } from './header-parameters.ts'
import { receiptHeaderDocs } from './receipt-headers.ts'

/** Names of the responses among the components, by status. */
export const problemResponseNames: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthenticated',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Gone',
  412: 'PreconditionFailed',
  413: 'ContentTooLarge',
  415: 'UnsupportedMediaType',
  422: 'IdempotencyKeyReused',
  429: 'TooManyRequests',
  500: 'InternalError',
  502: 'BadGateway',
  503: 'Unavailable',
}

export function codesOfStatus(status: number): ProblemCode[] {
  const codes = Object.keys(problemCodes) as ProblemCode[]
  return codes.filter((code) => problemCodes[code][0] === status)
}

/** A denied read is written down too, so that `audit-unavailable` is not for changes alone. */
const ofGuarded = [
  'unauthenticated',
  'forbidden',
  'rate-limited',
  'internal-error',
  'storage-unavailable',
  'audit-unavailable',
  'issuer-unavailable',
] as const satisfies ProblemCode[]

/** Every code that an operation may answer with, by status: its own, and those of all operations of its kind. */
export function problemsOf(operation: Operation): Map<number, ProblemCode[]> {
  const codes = new Set<ProblemCode>(['invalid-request', ...(operation.problems ?? [])])
  if (operation.params) codes.add('not-found')
  for (const header of operation.headers ?? []) {
    for (const code of headerParameters[header].problems) codes.add(code)
  }
  if (operation.permission !== 'public') {
    for (const code of ofGuarded) codes.add(code)
    if (operation.method !== 'get') {
      for (const code of ['malformed-json', 'body-too-large', 'unsupported-media-type'] as const)
        codes.add(code)
      if (!operation.whileFrozen) codes.add('frozen')
    }
    if (operation.idempotent) codes.add('idempotency-key-reused')
  }
  const sorted = [...codes].sort((a, b) => problemCodes[a][0] - problemCodes[b][0])
  return Map.groupBy(sorted, (code) => problemCodes[code][0])
}

/** One response a status, for the components. */
export function problemResponse(status: number) {
  const codes = codesOfStatus(status)
  const [code = 'internal-error'] = codes
  return {
    description: `A problem: ${codes.map((each) => `\`${each}\``).join(', ')}.`,
    headers: {
      'X-Request-Id': { $ref: '#/components/headers/XRequestId' },
      ...(status === 401 && {
        'WWW-Authenticate': { description: 'How to authenticate.', schema: { type: 'string' as const } },
      }),
      ...((status < 500 || status === 503) && receiptHeaderDocs),
      ...((status === 503 || status === 429) && {
        'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' as const } },
      }),
      ...(status === 429 && {
        'RateLimit-Policy': {
          description: 'What is limited, and to how many.',
          schema: { type: 'string' as const },
        },
        RateLimit: {
          description: 'How many are left, and for how long.',
          schema: { type: 'string' as const },
        },
      }),
    },
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        example: exampleProblem(code),
      },
    },
  }
}

function exampleProblem(code: ProblemCode) {
  const [status, title] = problemCodes[code]
  return {
    type: `/problems/${code}`,
    title,
    status,
    detail: 'What is wrong with this very request.',
    instance: '/clusters/clu_01jz8x0v5wf4gr0q2m6h1v9k3d',
    code,
    requestId: 'req_01jz8x0v5wf4gr0q2m6h1v9k3h',
    retryable: [429, 502, 503, 504].includes(status),
  }
}
