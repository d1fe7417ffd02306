import { createHash, timingSafeEqual } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { answerUnder } from '../fault-replies.ts'
import type { Fault, FaultKind } from '../faults.ts'
import type { RequestLog } from '../request-log.ts'
import { ConnectionDropped } from '../server.ts'
import type { Call, Operation } from './call.ts'
import { changeOperations } from './change-operations.ts'
import { createOperations } from './create-operations.ts'
import { ZillizFailure } from './failure.ts'
import { projectOperations } from './project-operations.ts'
import { propertyOperations } from './property-operations.ts'
import type { RateLimit } from './rate-limit.ts'
import { isLaterPage, readOperations } from './read-operations.ts'
import { type Replies, repliesFor } from './replies.ts'
import type { ZillizWorld } from './world.ts'

/** Every route of the API that the sandbox has. */
export const zillizOperations: readonly Operation[] = [
  ...readOperations,
  ...createOperations,
  ...changeOperations,
  ...propertyOperations,
  ...projectOperations,
]

export interface ApiSettings {
  world: ZillizWorld
  apiKey: string
  requests: RequestLog
  /** Null: no limit. */
  rateLimit: RateLimit | null
  delay?: (ms: number, signal: AbortSignal) => Promise<void>
}

/** The provider's API as a Hono app. It throws `ConnectionDropped` where a caller is to get no reply. */
export function zillizApi(settings: ApiSettings): Hono {
  const app = new Hono()
  app.onError((error) => {
    throw error
  })
  for (const operation of zillizOperations) {
    app.on(operation.method, operation.path, (c) =>
      logged(settings, operation.name, c, (replies) => {
        return answer(settings, operation, c, replies)
      }),
    )
  }
  app.all('*', (c) =>
    logged(settings, 'unknown', c, async (replies) => {
      return replies.failure(new ZillizFailure(404, { httpStatus: 404 }))
    }),
  )
  return app
}

async function logged(
  { world, requests }: ApiSettings,
  operation: string,
  c: Context,
  reply: (replies: Replies) => Promise<Response>,
): Promise<Response> {
  const requestId = world.newId('', 32)
  const { pathname, search } = new URL(c.req.url)
  const time = new Date(world.now()).toISOString()
  const entry = requests.arrive({
    time,
    operation,
    method: c.req.method,
    path: `${pathname}${search}`,
    requestId,
  })
  try {
    const response = await reply(repliesFor(requestId, world.mode))
    requests.finish(entry, response.status)
    return response
  } catch (error) {
    requests.finish(entry, error instanceof ConnectionDropped ? 'dropped' : 500)
    throw error
  }
}

async function answer(
  settings: ApiSettings,
  operation: Operation,
  c: Context,
  replies: Replies,
): Promise<Response> {
  const { world, rateLimit, delay } = settings
  if (!hasKey(c.req.header('authorization'), settings.apiKey)) {
    return replies.failure(new ZillizFailure(21119, { httpStatus: 401 }))
  }
  if (rateLimit && !rateLimit.admits(operation.name)) return replies.tooManyRequests()
  const body = await c.req.text()
  const call: Call = {
    world,
    id: c.req.param('id') ?? '',
    query: new URL(c.req.url).searchParams,
    headers: c.req.raw.headers,
    body,
    faults: [],
  }
  const faults = world.settings.faults.take(operation.name, subjectOf(call), (fault) => {
    return concerns(fault, operation, call)
  })
  return answerUnder(faults, {
    signal: c.req.raw.signal,
    commit: () => commit(operation, { ...call, faults }, replies),
    errorReply: ({ code, message, httpStatus = 200 }) =>
      replies.failure(new ZillizFailure(code, { message, httpStatus })),
    notFoundReply: () => replies.failure(new ZillizFailure(40021)),
    ...(delay ? { delay } : {}),
  })
}

function commit(operation: Operation, call: Call, replies: Replies): Response {
  try {
    const data = operation.handle(call)
    if (operation.method !== 'GET') call.world.save()
    return replies.success(data)
  } catch (error) {
    if (error instanceof ZillizFailure) return replies.failure(error)
    throw error
  }
}

const CLUSTER_FAULTS: readonly FaultKind[] = ['stuck', 'state', 'shiftPages', 'notFoundOnce', 'fail']

function concerns(fault: Fault, operation: Operation, call: Call): boolean {
  if (!CLUSTER_FAULTS.includes(fault.kind)) return true
  if (fault.kind === 'shiftPages' && !isLaterPage(call.query)) return false
  return operation.heeds?.includes(fault.kind) ?? false
}

/** What a fault rule's `match` is looked for in. The body may be malformed, which is not this function's business. */
function subjectOf({ world, id, body }: Call): string[] {
  const asked = /"clusterName"\s*:\s*"([^"]*)"/.exec(body)?.[1] ?? ''
  return [asked, id, world.findCluster(id)?.clusterName ?? '']
}

function hasKey(authorization: string | undefined, apiKey: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${apiKey}`))
}
