/** gRPC codes: the number in an error body, and the HTTP status that carries it. */
const RPC_CODES = {
  OK: { number: 0, httpStatus: 200 },
  CANCELLED: { number: 1, httpStatus: 499 },
  UNKNOWN: { number: 2, httpStatus: 500 },
  INVALID_ARGUMENT: { number: 3, httpStatus: 400 },
  DEADLINE_EXCEEDED: { number: 4, httpStatus: 504 },
  NOT_FOUND: { number: 5, httpStatus: 404 },
  ALREADY_EXISTS: { number: 6, httpStatus: 409 },
  PERMISSION_DENIED: { number: 7, httpStatus: 403 },
  RESOURCE_EXHAUSTED: { number: 8, httpStatus: 429 },
  FAILED_PRECONDITION: { number: 9, httpStatus: 400 },
  ABORTED: { number: 10, httpStatus: 409 },
  OUT_OF_RANGE: { number: 11, httpStatus: 400 },
  UNIMPLEMENTED: { number: 12, httpStatus: 501 },
  INTERNAL: { number: 13, httpStatus: 500 },
  UNAVAILABLE: { number: 14, httpStatus: 503 },
  DATA_LOSS: { number: 15, httpStatus: 500 },
  UNAUTHENTICATED: { number: 16, httpStatus: 401 },
} as const

export type RpcCode = keyof typeof RPC_CODES

export const RPC_CODE_NAMES: readonly RpcCode[] = Object.keys(RPC_CODES).filter(isRpcCode)

/** A refusal, worded as the provider's gateway words it. `httpStatus` is given only where it is not the code's own. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: RpcCode
  readonly httpStatus: number

  constructor(code: RpcCode, message: string, httpStatus?: number) {
    super(message)
    this.code = code
    this.httpStatus = httpStatus ?? RPC_CODES[code].httpStatus
  }

  toResponse(): Response {
    const response = errorResponse(RPC_CODES[this.code].number, this.message, this.httpStatus)
    if (this.code === 'UNAUTHENTICATED') response.headers.set('www-authenticate', this.message)
    return response
  }
}

/** Any code in the error envelope. A name or number of the table brings its own HTTP status; others default to 500. */
export function rawErrorResponse(code: number | string, message: string, httpStatus?: number): Response {
  const name = RPC_CODE_NAMES.find((known) => known === code || RPC_CODES[known].number === code)
  if (name === undefined) return errorResponse(code, message, httpStatus ?? 500)
  return new RpcError(name, message, httpStatus).toResponse()
}

function errorResponse(code: number | string, message: string, status: number): Response {
  return Response.json({ code, message, details: [] }, { status })
}

function isRpcCode(name: string): name is RpcCode {
  return Object.hasOwn(RPC_CODES, name)
}
