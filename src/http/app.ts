import { type Context, Hono } from 'hono'
import { Problem } from '../cluster/problem.ts'
import type { AppDeps } from './app-deps.ts'
import { Exchange } from './exchange.ts'
import { mount, routePattern, send } from './mount.ts'
import { operations } from './operations.ts'
import { problemReply, toProblem } from './problem-reply.ts'

/** The whole HTTP side. It owns nothing that must be closed: what it is given outlives it. */
export function createApp(deps: AppDeps): Hono {
  const app = new Hono()
  const all = operations(deps.adapters, deps.config.version)
  for (const operation of all) mount(app, deps, operation)
  const refuse = (context: Context, problem: Problem): Response => {
    const exchange = new Exchange(deps, context)
    return send(exchange, null, problemReply(problem, exchange.requestId, exchange.path), false)
  }
  for (const [path, siblings] of Map.groupBy(all, (operation) => operation.path)) {
    const allow = siblings
      .flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]))
      .join(', ')
    app.all(routePattern(path), (context) =>
      refuse(context, new Problem('method-not-allowed', `This path knows ${allow}.`, { headers: { allow } })),
    )
  }
  app.notFound((context) => refuse(context, new Problem('not-found', 'There is nothing at this path.')))
  app.onError((error, context) => {
    if (deps.validateAnswers) throw error
    deps.log.error({ err: error }, 'request failed')
    return refuse(context, toProblem(error))
  })
  return app
}
