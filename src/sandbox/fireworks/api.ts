import { type Context, Hono } from 'hono'
import { answerUnder } from '../fault-replies.ts'
import type { Fault, FaultKind } from '../faults.ts'
import type { RequestLog } from '../request-log.ts'
import { ConnectionDropped } from '../server.ts'
import { accountOperations } from './account-operations.ts'
import { admit } from './admission.ts'
import { listAuditLogs, recordAudit } from './audit-log.ts'
import type { Call, Operation } from './call.ts'
import { createCluster } from './create-cluster.ts'
import { deleteCluster } from './delete-cluster.ts'
import { isLaterPage } from './list-reply.ts'
import type { RateLimit } from './rate-limit.ts'
import { readOperations } from './read-operations.ts'
import { RpcError, rawErrorResponse } from './rpc-error.ts'
import { updateCluster } from './update-cluster.ts'
import { clusterNotFound, type FireworksWorld } from './world.ts'

/** Every route of the API that the sandbox has. */
export const fireworksOperations: readonly Operation[] = [
  ...accountOperations,
  listAuditLogs,
  ...readOperations,
  createCluster,
  updateCluster,
  deleteCluster,
]

export interface ApiSettings {
  world: FireworksWorld
  requests: RequestLog
  rateLimit: RateLimit
  delay?: (ms: number, signal: AbortSignal) => Promise<void>
}

/** The provider's API as a Hono app. It throws `ConnectionDropped` where a caller is to get no reply. */
export function fireworksApi(settings: ApiSettings): Hono {
  const app = new Hono()
  app.onError((error) => {
    throw error
  })
  for (const operation of fireworksOperations)
    app.on(operation.method, operation.path, (c) =>
      // Hono would answer HEAD as GET; the provider's gateway does not.
      c.req.method === operation.method
        ? logged(settings, operation.name, c, () => answer(settings, operation, c))
        : refused(settings, c, wrongMethod()),
    )
  for (const path of new Set(fireworksOperations.map((operation) => operation.path)))
    app.all(path, (c) => refused(settings, c, wrongMethod()))
  app.all('*', (c) => refused(settings, c, new RpcError('NOT_FOUND', 'Not Found')))
  return app
}

function wrongMethod(): RpcError {
  return new RpcError('UNIMPLEMENTED', 'Method Not Allowed')
}

function refused(settings: ApiSettings, c: Context, error: RpcError): Promise<Response> {
  return logged(settings, 'unknown', c, async () => error.toResponse())
}

async function logged(
  { world, requests }: ApiSettings,
  operation: string,
  c: Context,
  reply: () => Promise<Response>,
): Promise<Response> {
  const requestId = world.newId(32)
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
    const response = await reply()
    response.headers.set('x-request-id', requestId)
    requests.finish(entry, response.status)
    return response
  } catch (error) {
    requests.finish(entry, error instanceof ConnectionDropped ? 'dropped' : 500)
    throw error
  }
}

async function answer(settings: ApiSettings, operation: Operation, c: Context): Promise<Response> {
  const { world, delay } = settings
  const admission = admit(settings, operation, c.req.raw.headers, c.req.param('account'))
  if (admission instanceof RpcError) return admission.toResponse()
  const call: Call = {
    world,
    ...admission,
    id: idOf(c, operation),
    params: new URL(c.req.url).searchParams,
    body: await c.req.text(),
    faults: [],
  }
  const faults = world.settings.faults.take(operation.name, subjectOf(call), (fault) =>
    concerns(fault, operation, call),
  )
  return answerUnder(faults, {
    signal: c.req.raw.signal,
    commit: () => commit(operation, { ...call, faults }, c.req.raw.headers),
    errorReply: ({ code, message, httpStatus }) => rawErrorResponse(code, message, httpStatus),
    notFoundReply: () => clusterNotFound(call.account.accountId, call.id).toResponse(),
    ...(delay ? { delay } : {}),
  })
}

function commit(operation: Operation, call: Call, headers: Headers): Response {
  try {
    const reply = operation.handle(call)
    if (operation.audited) recordAudit(operation, call, headers, null)
    return reply instanceof Response ? reply : Response.json(reply)
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    if (operation.audited) recordAudit(operation, call, headers, error)
    return error.toResponse()
  } finally {
    if (operation.audited) call.world.save()
  }
}

const CLUSTER_FAULTS: readonly FaultKind[] = ['stuck', 'state', 'shiftPages', 'notFoundOnce', 'fail']

function concerns(fault: Fault, operation: Operation, call: Call): boolean {
  if (!CLUSTER_FAULTS.includes(fault.kind)) return true
  if (fault.kind === 'shiftPages' && !isLaterPage(call.params)) return false
  return operation.heeds?.includes(fault.kind) ?? false
}

/** What a fault rule's `match` is looked for in. */
function subjectOf({ world, account, id, body }: Call): string[] {
  const asked = /"cluster_?[iI]d"\s*:\s*"([^"]*)"/.exec(body)?.[1] ?? ''
  return [asked, id, world.findCluster(account.accountId, id)?.displayName ?? '']
}

/** The last id in the path, without the verb that may hang on it. */
function idOf(c: Context, { verb = '' }: Operation): string {
  const id = c.req.param('id') ?? ''
  return id.slice(0, id.length - verb.length)
}
