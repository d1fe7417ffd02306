import { IssuerUnavailable } from '../access/issuer-keys.ts'
import { looksLikeJwt, TokenRefused, type TokenVerifier } from '../access/token-verifier.ts'
import { everyTeam } from '../cluster/actor.ts'
import { type Caller, may } from '../cluster/caller.ts'
import { Problem } from '../cluster/problem.ts'
import { type ApiKey, findUsableKey } from '../store/api-keys.ts'
import { hashApiKey, isMistyped } from './api-key-text.ts'
import { ApiKeyUses } from './api-key-uses.ts'
import type { AppDeps } from './app-deps.ts'
import type { Exchange } from './exchange.ts'
import { FailedAuthentications } from './failed-authentications.ts'
import type { GuardedOperation } from './operation.ts'

/** Longer ones are not worth a hash: no header of ours is. */
const longestToken = 8192
const longestKey = 1024

/** Tells who asks: the holder of an API key, or whom a trusted issuer vouches for. */
export class Authenticator {
  readonly #deps: AppDeps
  readonly #failures: FailedAuthentications
  readonly #uses: ApiKeyUses

  constructor(deps: AppDeps) {
    this.#deps = deps
    this.#failures = new FailedAuthentications(deps.clock, deps.config.authFailuresPerMinute)
    this.#uses = new ApiKeyUses(deps)
  }

  /**
   * The caller that the `Authorization` header proves; at once where its key is recalled, as a read costs little more than
   * the promises it waits for. Fails with `unauthenticated`, or `rate-limited` after many failures.
   */
  authenticate(exchange: Exchange): Caller | Promise<Caller> {
    const fail = (error: unknown): never => {
      if (!(error instanceof Problem) || error.code !== 'unauthenticated') throw error
      throw this.#failures.refusal(exchange.attribution().context.ip, error)
    }
    try {
      const caller = this.#callerOf(readToken(exchange.header('authorization')), exchange)
      return caller instanceof Promise ? caller.catch(fail) : caller
    } catch (error) {
      return fail(error)
    }
  }

  #callerOf(token: string, exchange: Exchange): Caller | Promise<Caller> {
    if (token.length > longestToken) throw invalidToken(whyInvalid(token))
    const { tokens } = this.#deps
    const hash = hashApiKey(token)
    const isJwt = tokens !== undefined && looksLikeJwt(token)
    const known = isJwt ? tokens.recall(hash) : undefined
    if (known) return { ...known, speaksForOthers: false }
    const callerWith = (key: ApiKey | undefined) => {
      if (key) return this.#holderOf(key, exchange)
      if (isJwt) return verified(tokens, token, hash)
      throw invalidToken(whyInvalid(token))
    }
    const key = token.length > longestKey ? undefined : findUsableKey(this.#deps.store, hash)
    return key instanceof Promise ? key.then(callerWith) : callerWith(key)
  }

  #holderOf(key: ApiKey, exchange: Exchange): Caller {
    const { id, displayName, scopes, allowOnBehalfOf: speaksForOthers } = key
    this.#uses.note(key, exchange)
    const actor = { type: 'api_key', id, displayName, authMethod: 'api_key' } as const
    if (!key.breakGlass) return { actor, scopes, speaksForOthers }
    const { requestId, path } = exchange
    const { method } = exchange.context.req
    this.#deps.log.warn({ actor: id, displayName, method, path, requestId }, 'a break-glass key is used')
    return { actor: { ...actor, breakGlass: true }, scopes, speaksForOthers }
  }
}

function readToken(authorization: string | undefined): string {
  if (authorization === undefined)
    throw unauthenticated('Send an API key or a token: Authorization: Bearer …')
  if (authorization.slice(0, 7).toLowerCase() !== 'bearer ') {
    throw unauthenticated('The Authorization header must be of the Bearer scheme.')
  }
  const token = authorization.slice(7).trim()
  if (token !== '') return token
  throw unauthenticated('The Authorization header has no API key or token after Bearer.')
}

async function verified(tokens: TokenVerifier, token: string, hash: string): Promise<Caller> {
  try {
    return { ...(await tokens.verify(token, hash)), speaksForOthers: false }
  } catch (error) {
    if (error instanceof TokenRefused) throw invalidToken(error.message)
    if (!(error instanceof IssuerUnavailable)) throw error
    const detail = `The token cannot be checked now: ${error.issuer} does not answer with its keys.`
    throw new Problem('issuer-unavailable', detail, { retryAfterS: error.retryAfterMs / 1000 }, error)
  }
}

function whyInvalid(token: string): string {
  const misread = token.length > longestKey || isMistyped(token)
  if (misread) return 'This is no API key: a character of it is missing or wrong.'
  if (looksLikeJwt(token)) return 'This gateway trusts no issuer of tokens: send an API key.'
  return 'The API key is unknown, revoked or expired.'
}

/** Whether the caller has what an operation takes in some team, or in all of them where it is no team's affair. */
export function requirePermission(
  caller: Caller,
  { permission, everyTeam: isOfAll }: GuardedOperation,
): void {
  if (may(caller, permission, isOfAll ? everyTeam : undefined)) return
  if (caller.scopes.length === 0) {
    throw new Problem('forbidden', `You are known as ${caller.actor.id}, but no rule gives you a role.`)
  }
  if (may(caller, permission)) {
    throw new Problem('forbidden', `This takes ${permission} in all teams (${everyTeam}).`)
  }
  const roles = [...new Set(caller.scopes.map(({ role }) => role))].join(' and ')
  throw new Problem('forbidden', `The role ${roles} does not include ${permission}.`)
}

/** RFC 6750, section 3. */
const challenge = 'Bearer realm="clustergate"'

function unauthenticated(detail: string): Problem {
  return new Problem('unauthenticated', detail, { headers: { 'www-authenticate': challenge } })
}

function invalidToken(detail: string): Problem {
  const headers = { 'www-authenticate': `${challenge}, error="invalid_token"` }
  return new Problem('unauthenticated', detail, { headers })
}
