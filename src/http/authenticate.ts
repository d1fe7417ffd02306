import { type Caller, may, type Permission } from '../cluster/actor.ts'
import { Problem } from '../cluster/problem.ts'
import { findUsableKey } from '../store/api-keys.ts'
import type { Store } from '../store/store.ts'
import { hashApiKey, isMistyped } from './api-key-text.ts'

/** Longer ones are not worth a hash. */
const longestToken = 1024

/** The caller that an `Authorization` header proves. Fails with `unauthenticated`. */
export async function authenticate(store: Store, authorization: string | undefined): Promise<Caller> {
  if (authorization === undefined) throw unauthenticated('Send an API key: Authorization: Bearer cgk_…')
  if (authorization.slice(0, 7).toLowerCase() !== 'bearer ') {
    throw unauthenticated('The Authorization header must be of the Bearer scheme.')
  }
  const token = authorization.slice(7).trim()
  if (token === '') throw unauthenticated('The Authorization header has no API key after Bearer.')
  const key = token.length > longestToken ? undefined : await findUsableKey(store, hashApiKey(token))
  if (!key) throw invalidToken(whyInvalid(token))
  const { id, displayName, role, team } = key
  return { actor: { type: 'api_key', id, displayName, authMethod: 'api_key' }, role, team }
}

function whyInvalid(token: string): string {
  const misread = token.length > longestToken || isMistyped(token)
  if (misread) return 'This is no API key: a character of it is missing or wrong.'
  return 'The API key is unknown, revoked or expired.'
}

export function requirePermission(caller: Caller, permission: Permission): void {
  if (may(caller, permission)) return
  throw new Problem('forbidden', `The role ${caller.role} does not include ${permission}.`)
}

const challenge = 'Bearer realm="clustergate"'

function unauthenticated(detail: string): Problem {
  return new Problem('unauthenticated', detail, { headers: { 'www-authenticate': challenge } })
}

function invalidToken(detail: string): Problem {
  const headers = { 'www-authenticate': `${challenge}, error="invalid_token"` }
  return new Problem('unauthenticated', detail, { headers })
}
