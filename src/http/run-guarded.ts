import type { Caller } from '../cluster/caller.ts'
import type { Json } from '../cluster/json.ts'
import { invalid, Problem } from '../cluster/problem.ts'
import { masterKeyLost } from '../keys/recovery.ts'
import { recallFreeze } from '../store/freeze.ts'
import { AlreadyAnswered, findAnswer, type IdempotencyClaim, type KeptAnswer } from '../store/idempotency.ts'
import type { Store } from '../store/store.ts'
import { type Authenticator, requirePermission } from './authenticator.ts'
import type { Call } from './call.ts'
import { type Exchange, readReason } from './exchange.ts'
import { fieldErrors } from './field-errors.ts'
import { GuardedCall } from './guarded-call.ts'
import { claimOf, readIdempotencyKey } from './idempotency-claim.ts'
import { readOnBehalfOf } from './on-behalf-of.ts'
import type { GuardedOperation } from './operation.ts'
import { requirePlain } from './plain-json.ts'
import { readJson } from './read-body.ts'
import { readQuery } from './read-query.ts'
import type { Reply } from './reply.ts'
import { secretsIn } from './schemas/secret.ts'
import { Turnstile } from './turnstile.ts'
import { visibleDocument } from './visible.ts'

/**
 * To read and judge a body costs as much as ten reads, and callers who were answered by one commit come back together:
 * readers would wait for all of them.
 */
const changes = new Turnstile(1)

/** As its operation's schema read it, whatever that is. */
type Query = Record<string, unknown>

type ReadCall = Call<Query>

/**
 * Who it is, whether they may, whether it is well-formed, whether it was done before; then the operation itself. A read is
 * answered at once where all that it takes is recalled.
 */
export function runGuarded(
  exchange: Exchange,
  operation: GuardedOperation,
  authenticator: Authenticator,
): Reply | Promise<Reply> {
  const caller = authenticator.authenticate(exchange)
  if (caller instanceof Promise) return caller.then((known) => runFor(known, exchange, operation))
  return runFor(caller, exchange, operation)
}

function runFor(caller: Caller, exchange: Exchange, operation: GuardedOperation): Reply | Promise<Reply> {
  exchange.caller = caller
  exchange.onBehalfOf = readOnBehalfOf(caller, exchange.header('on-behalf-of'))
  requirePermission(caller, operation)
  const query = readQuery(operation, exchange.rawQuery)
  const takesReason = operation.method !== 'get' || operation.headers?.includes('reason')
  if (takesReason) exchange.reason = readReason(exchange.header('reason'))
  return operation.method === 'get'
    ? read(exchange, operation, caller, query)
    : change(exchange, operation, caller, query)
}

function read(
  exchange: Exchange,
  operation: GuardedOperation,
  caller: Caller,
  query: Query,
): Reply | Promise<Reply> {
  const call = new GuardedCall(exchange, operation, caller, { query, body: undefined, claim: undefined })
  const reply = operation.handler(call)
  if (reply instanceof Promise) return reply.then((made) => finished(operation, call, made))
  return finished(operation, call, reply)
}

async function change(
  exchange: Exchange,
  operation: GuardedOperation,
  caller: Caller,
  query: Query,
): Promise<Reply> {
  const { store } = exchange.deps
  await changes.pass()
  if (exchange.deps.masterKeys.readOnly) throw masterKeyLost()
  if (!operation.whileFrozen) await requireThawed(store)
  const key = readIdempotencyKey(exchange.header('idempotency-key'))
  const given = await readGivenBody(exchange, operation)
  const body = readBody(operation, given)
  const { method } = exchange.context.req
  const { path, rawQuery } = exchange
  const claim =
    key === undefined || !operation.idempotent
      ? undefined
      : {
          ...claimOf(idempotencyOwner(exchange, caller), key, { method, path, rawQuery, body: given }),
          receipt: () => exchange.receipt,
        }
  const call = new GuardedCall(exchange, operation, caller, { query, body, claim })
  return finished(operation, call, await once(call, claim, () => operation.handler(call)))
}

/** One caller's keys never meet another's, nor those that it uses for one person those for another. */
function idempotencyOwner({ onBehalfOf }: Exchange, { actor }: Caller): string {
  return onBehalfOf ? `${actor.id} for ${onBehalfOf.id}` : actor.id
}

async function requireThawed(store: Store): Promise<void> {
  const { frozen, reason } = await recallFreeze(store)
  if (frozen)
    throw new Problem('frozen', `The gateway is frozen and takes no changes: ${reason}`, { retryAfterS: 60 })
}

function finished(operation: GuardedOperation, call: ReadCall, reply: Reply): Reply | Promise<Reply> {
  return operation.finish ? operation.finish(call, reply) : reply
}

/** Answers as before where the request was carried out before, be it a moment ago. */
async function once(
  call: ReadCall,
  claim: IdempotencyClaim | undefined,
  run: () => Promise<Reply> | Reply,
): Promise<Reply> {
  if (!claim) return run()
  const answer = await findAnswer(call.deps.store.reader, claim)
  if (answer) return replay(call, answer)
  try {
    return await run()
  } catch (error) {
    if (error instanceof AlreadyAnswered) return replay(call, error.answer)
    throw error
  }
}

/** Whom the cluster was taken from since is not shown it again. */
async function replay(call: ReadCall, { status, headers, body, clusterId }: KeptAnswer): Promise<Reply> {
  if (clusterId !== null) await visibleDocument(call, clusterId)
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers, 'idempotent-replayed': 'true' },
    body,
  }
}

async function readGivenBody(exchange: Exchange, { body }: GuardedOperation): Promise<Json> {
  const given = await readJson(exchange.context.req, body?.contentTypes ?? ['application/json'])
  if (given !== undefined && body) hideSecrets(exchange, secretsIn(body.schema, given))
  if (given === undefined && body && !body.optional) {
    throw invalid([{ pointer: '', detail: 'The body is empty.' }])
  }
  requirePlain(given ?? {})
  return given ?? {}
}

/** Before anything is said about the body, and be it valid or not. */
function hideSecrets(exchange: Exchange, secrets: readonly string[]): void {
  exchange.secrets = secrets
  for (const secret of secrets) exchange.deps.hide(secret)
}

function readBody({ body }: GuardedOperation, given: Json): unknown {
  if (!body) {
    if (typeof given === 'object' && given !== null && Object.keys(given).length === 0) return undefined
    throw invalid([{ pointer: '', detail: 'This operation takes no body.' }])
  }
  const read = body.schema.safeParse(given)
  if (!read.success) throw invalid(fieldErrors(read.error, ''))
  return read.data
}
