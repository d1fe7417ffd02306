import { Hono } from 'hono'
import { Problem } from '../cluster/problem.ts'
import type { AppDeps } from './app-deps.ts'
import { Authenticator } from './authenticator.ts'
import { mount, refused } from './mount.ts'
import { operations } from './operations.ts'
import { PathRouter } from './path-router.ts'
import { toProblem } from './problem-reply.ts'

/** The whole HTTP side. It owns nothing that must be closed: what it is given outlives it. */
export function createApp(deps: AppDeps): Hono {
  const app = new Hono({ router: new PathRouter() })
  const authenticator = new Authenticator(deps)
  const paths = Map.groupBy(operations(deps.adapters, deps.config.version), (operation) => operation.path)
  for (const [path, mounted] of paths) mount(app, deps, authenticator, path, mounted)
  app.notFound((context) =>
    refused(deps, context, new Problem('not-found', 'There is nothing at this path.')),
  )
  app.onError((error, context) => {
    if (deps.validateAnswers) throw error
    deps.log.error({ err: error }, 'request failed')
    return refused(deps, context, toProblem(error))
  })
  return app
}
