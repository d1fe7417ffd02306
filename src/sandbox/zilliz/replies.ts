import { ZillizFailure } from './failure.ts'
import type { ZillizMode } from './mode.ts'

/** Words replies in the provider's envelope: `{ code: 0, data }` or `{ code, message }`, always with a `requestid` header. */
export interface Replies {
  success(data: unknown): Response
  failure(failure: ZillizFailure): Response
  tooManyRequests(): Response
}

export function repliesFor(requestId: string, mode: ZillizMode): Replies {
  const send = (body: string, status: number, contentType = 'application/json;charset=UTF-8') =>
    new Response(body, { status, headers: { 'content-type': contentType, requestid: requestId } })
  const failure = ({ code, message, httpStatus }: ZillizFailure) => {
    const body = mode.requestIdInErrors ? { code, message, requestId } : { code, message }
    return send(JSON.stringify(body), httpStatus)
  }
  return {
    success: (data) => send(JSON.stringify({ code: mode.successCode, data }), 200),
    failure,
    tooManyRequests: () => {
      if (mode.rateLimitBody === 'text') return send('Too Many Requests', 429, 'text/plain')
      if (mode.rateLimitBody === 'html')
        return send('<html><h1>429 Too Many Requests</h1></html>', 429, 'text/html')
      return failure(new ZillizFailure(429, { message: 'Too Many Requests', httpStatus: 429 }))
    },
  }
}
