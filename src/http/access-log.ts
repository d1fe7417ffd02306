import type { Exchange } from './exchange.ts'
import { traceIdOf } from './request-id.ts'

interface Answered {
  route: string | null
  status: number
  /** Null of a stream: its end has a line of its own. */
  bytes: number | null
  quiet: boolean
  durationMs: number
}

/** One line a request. Never its query, headers or body: they may hold secrets. */
export function logRequest(exchange: Exchange, { route, status, bytes, quiet, durationMs }: Answered): void {
  const { requestLog, scrub } = exchange.deps
  const level = quiet ? 'debug' : 'info'
  if (!requestLog.isLevelEnabled(level)) return
  const { requestId } = exchange
  const traceId = traceIdOf(exchange.header('traceparent'))
  requestLog.write(level, {
    method: exchange.context.req.method,
    route,
    path: scrub(exchange.path),
    status,
    durationMs: Math.round(durationMs * 1000) / 1000,
    requestId: exchange.header('x-request-id') === requestId ? scrub(requestId) : requestId,
    actor: exchange.caller?.actor.id ?? null,
    bytes,
    ...(traceId !== undefined && { traceId: scrub(traceId) }),
  })
}
