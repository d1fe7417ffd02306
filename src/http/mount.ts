import type { Context, Hono } from 'hono'
import { receiptHeaders } from '../audit/receipt.ts'
import { Problem } from '../cluster/problem.ts'
import { logRequest } from './access-log.ts'
import type { AppDeps } from './app-deps.ts'
import type { Authenticator } from './authenticator.ts'
import { AnswerMismatch, checkAnswer } from './check-answer.ts'
import { allowOrigin, preflightHeaders } from './cors.ts'
import { endOfTurn } from './end-of-turn.ts'
import { Exchange } from './exchange.ts'
import { Hidden } from './hidden.ts'
import type { Operation } from './operation.ts'
import { problemReply, toProblem } from './problem-reply.ts'
import { recordRefusal } from './refusal.ts'
import type { Reply } from './reply.ts'
import { runGuarded } from './run-guarded.ts'
import { runPublic } from './run-public.ts'
import { everyAnswer, strictTransport } from './security-headers.ts'

/**
 * Mounts the operations of a path behind the one wrapper that does what every request needs. It is one function and
 * not a stack of middlewares, and one handler for all methods, because each that the router finds beside it costs as
 * much as the read that it surrounds.
 */
export function mount(
  app: Hono,
  deps: AppDeps,
  authenticator: Authenticator,
  path: string,
  operations: readonly Operation[],
): void {
  const byMethod = new Map(operations.map((operation) => [operation.method.toUpperCase(), operation]))
  const get = byMethod.get('GET')
  if (get) byMethod.set('HEAD', get)
  const allow = [...byMethod.keys()].join(', ')
  app.all(routePattern(path), (context) => {
    const operation = byMethod.get(context.req.method)
    if (operation) return serve(deps, authenticator, operation, context)
    if (isPreflight(deps, context)) return preflight(deps, context, allow)
    const detail = `This path knows ${allow}.`
    return refused(deps, context, new Problem('method-not-allowed', detail, { headers: { allow } }))
  })
}

/** The response to a request that no operation is for. */
export function refused(deps: AppDeps, context: Context, problem: Problem): Response {
  const exchange = new Exchange(deps, context)
  return send(exchange, null, problemReply(problem, exchange.requestId, deps.scrub(exchange.path)), false)
}

/** A browser asks before it lets a page of an allowed origin send its request. */
function isPreflight({ config }: AppDeps, { req }: Context): boolean {
  if (config.corsOrigins === undefined || req.method !== 'OPTIONS') return false
  const origin = req.header('origin')
  return origin !== undefined && config.corsOrigins.has(origin)
}

function preflight(deps: AppDeps, context: Context, allow: string): Response {
  const reply = { status: 204, headers: preflightHeaders(allow), body: null }
  return send(new Exchange(deps, context), null, reply, true)
}

/** OpenAPI's `/clusters/{id}` in the router's writing. */
function routePattern(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}

async function serve(
  deps: AppDeps,
  authenticator: Authenticator,
  operation: Operation,
  context: Context,
): Promise<Response> {
  const exchange = new Exchange(deps, context)
  let reply: Reply
  try {
    const replied =
      operation.permission === 'public'
        ? runPublic(exchange, operation)
        : runGuarded(exchange, operation, authenticator)
    reply = replied instanceof Promise ? await replied : replied
    if (deps.validateAnswers) checkAnswer(operation, reply)
  } catch (error) {
    if (error instanceof AnswerMismatch) throw error
    reply = await refuse(exchange, operation, error)
  }
  await endOfTurn()
  return send(exchange, operation.path, reply, operation.quiet === true)
}

/** The reply to a refusal, after the refusal is written down. */
async function refuse(exchange: Exchange, operation: Operation, error: unknown): Promise<Reply> {
  let problem = toProblem(error)
  // Whatever was written before it failed may have been rolled back.
  exchange.receipt = null
  if (operation.permission !== 'public') {
    try {
      await recordRefusal(exchange, operation, problem)
      // A receipt would tell what the words do not: that there is such a thing.
      if (problem instanceof Hidden) exchange.receipt = null
    } catch (failure) {
      exchange.receipt = null
      problem = toProblem(failure)
    }
  }
  logCause(exchange, problem.cause)
  return problemReply(problem, exchange.requestId, exchange.deps.scrub(exchange.path))
}

function logCause(exchange: Exchange, cause: unknown): void {
  if (cause === undefined) return
  exchange.deps.log.error({ err: cause, requestId: exchange.requestId }, 'request failed')
}

/** Makes the response of a reply, with what every response carries. */
function send(exchange: Exchange, route: string | null, reply: Reply, quiet: boolean): Response {
  const { stopping, config } = exchange.deps
  const headers: Record<string, string> = {
    ...everyAnswer,
    'x-request-id': exchange.requestId,
    ...(exchange.receipt && receiptHeaders(exchange.receipt)),
    ...reply.headers,
  }
  // A connection that its caller keeps would keep the process.
  if (stopping.aborted) headers.connection = 'close'
  if (exchange.secure) headers['strict-transport-security'] = strictTransport
  if (config.corsOrigins) allowOrigin(headers, exchange.header('origin'), config.corsOrigins)
  const durationMs = performance.now() - exchange.startMs
  exchange.deps.metrics.request(route, exchange.context.req.method, reply.status, durationMs)
  const bytes = reply.body instanceof ReadableStream ? null : Buffer.byteLength(reply.body ?? '')
  // The server would count them once more.
  if (typeof reply.body === 'string') headers['content-length'] = `${bytes}`
  logRequest(exchange, { route, status: reply.status, bytes, quiet, durationMs })
  return new Response(bodyFor(exchange, reply), { status: reply.status, headers })
}

/** Nobody would read the stream that a HEAD request gets, and so nobody would end it. */
function bodyFor({ context }: Exchange, { body }: Reply): Reply['body'] {
  if (context.req.method !== 'HEAD' || !(body instanceof ReadableStream)) return body
  void body.cancel()
  return null
}
