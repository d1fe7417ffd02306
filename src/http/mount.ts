import type { Context, Hono } from 'hono'
import { Problem } from '../cluster/problem.ts'
import { logRequest } from './access-log.ts'
import type { AppDeps } from './app-deps.ts'
import type { Authenticator } from './authenticator.ts'
import { AnswerMismatch, checkAnswer } from './check-answer.ts'
import { Exchange } from './exchange.ts'
import type { Operation } from './operation.ts'
import { problemReply, toProblem } from './problem-reply.ts'
import { recordRefusal } from './refusal.ts'
import type { Reply } from './reply.ts'
import { runGuarded } from './run-guarded.ts'
import { runPublic } from './run-public.ts'

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
    const detail = `This path knows ${allow}.`
    return refused(deps, context, new Problem('method-not-allowed', detail, { headers: { allow } }))
  })
}

/** The response to a request that no operation is for. */
export function refused(deps: AppDeps, context: Context, problem: Problem): Response {
  const exchange = new Exchange(deps, context)
  return send(exchange, null, problemReply(problem, exchange.requestId, exchange.path), false)
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
    reply = await (operation.permission === 'public'
      ? runPublic(exchange, operation)
      : runGuarded(exchange, operation, authenticator))
    if (deps.validateAnswers) checkAnswer(operation, reply)
  } catch (error) {
    if (error instanceof AnswerMismatch) throw error
    reply = await refuse(exchange, operation, error)
  }
  return send(exchange, operation.path, reply, operation.quiet === true)
}

/** The reply to a refusal, after the refusal is written down. */
async function refuse(exchange: Exchange, operation: Operation, error: unknown): Promise<Reply> {
  let problem = toProblem(error)
  if (operation.permission !== 'public') {
    try {
      await recordRefusal(exchange, operation, problem)
    } catch (failure) {
      problem = toProblem(failure)
    }
  }
  logCause(exchange, problem.cause)
  return problemReply(problem, exchange.requestId, exchange.path)
}

function logCause(exchange: Exchange, cause: unknown): void {
  if (cause === undefined) return
  exchange.deps.log.error({ err: cause, requestId: exchange.requestId }, 'request failed')
}

/** Makes the response of a reply, with what every response carries. */
function send(exchange: Exchange, route: string | null, reply: Reply, quiet: boolean): Response {
  const headers: Record<string, string> = {
    'x-request-id': exchange.requestId,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    // A connection that its caller keeps would keep the process.
    ...(exchange.deps.stopping.aborted && { connection: 'close' }),
    ...reply.headers,
  }
  logRequest(exchange, route, reply, quiet)
  return new Response(reply.body, { status: reply.status, headers })
}
