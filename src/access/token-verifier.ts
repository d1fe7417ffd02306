import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import type { Actor } from '../cluster/actor.ts'
import type { Scope } from '../cluster/caller.ts'
import type { Clock } from '../cluster/clock.ts'
import type { Issuer } from './issuer.ts'
import { IssuerKeys, type KeyTiming, keyTiming } from './issuer-keys.ts'
import { scopesOfClaims, textsOf } from './scopes-of-claims.ts'

/** A token that proves nothing. The message tells its holder why, and holds nothing of the token. */
export class TokenRefused extends Error {
  override name = 'TokenRefused'
}

export interface Verified {
  actor: Actor
  scopes: readonly Scope[]
}

/** Clocks differ by so much, in seconds. */
const toleranceS = 5
/** A verified token is not looked at again for so long, so that keys withdrawn by its issuer stop counting. */
const rememberMs = 5 * 60_000
const mostRemembered = 10_000
const longestToken = 8192
/** Subjects are at most 255 characters (OpenID Connect Core 1.0, section 2). */
const longestSubject = 255
const longestDisplayName = 200

/** JWTs that are meant to say who calls. Others of the same issuer, such as logout tokens, say something else. */
const types = [undefined, 'JWT', 'AT+JWT', 'APPLICATION/AT+JWT']

interface Trusted {
  issuer: Issuer
  keys: IssuerKeys
}

/** Tells who the bearer of a JWT is, by the word of the issuers that are trusted. */
export class TokenVerifier {
  readonly #clock: Clock
  readonly #trusted: ReadonlyMap<string, Trusted>
  /** By SHA-256 of the token, so that no token is kept. */
  readonly #remembered = new LRUCache<string, { verified: Verified; untilMs: number }>({
    max: mostRemembered,
  })

  constructor(issuers: readonly Issuer[], clock: Clock, timing: KeyTiming = keyTiming) {
    this.#clock = clock
    this.#trusted = new Map(
      issuers.map((issuer) => [issuer.issuer, { issuer, keys: new IssuerKeys(issuer, clock, timing) }]),
    )
  }

  /** A token that was verified a moment ago, by its hash. */
  recall(hash: string): Verified | undefined {
    const known = this.#remembered.get(hash)
    if (known && known.untilMs > this.#clock.now()) return known.verified
    if (known) this.#remembered.delete(hash)
    return undefined
  }

  /**
   * Checks a token whole: signature, issuer, audience, type and times.
   * @throws TokenRefused, or IssuerUnavailable where its keys cannot be had
   */
  async verify(token: string, hash: string): Promise<Verified> {
    if (token.length > longestToken) throw new TokenRefused('The token is too long.')
    const { issuer, keys } = this.#trustedBy(token)
    const claims = await this.#claimsOf(token, issuer, keys)
    const verified = callerOf(issuer, claims)
    const { exp = 0, iat = 0 } = claims
    const untilS = Math.min(exp, iat + issuer.maxTokenAgeSeconds)
    this.#remembered.set(hash, { verified, untilMs: Math.min(untilS * 1000, this.#clock.now() + rememberMs) })
    return verified
  }

  /** What a token says of its issuer is not believed, only looked up. */
  #trustedBy(token: string): Trusted {
    const trusted = this.#trusted.get(issuerIn(token) ?? '')
    if (trusted) return trusted
    throw new TokenRefused('The token is of an issuer that this gateway does not trust.')
  }

  async #claimsOf(token: string, issuer: Issuer, keys: IssuerKeys): Promise<JWTPayload> {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, (...about) => keys.keyFor(...about), {
        issuer: issuer.issuer,
        audience: issuer.audience,
        algorithms: [...issuer.algorithms],
        requiredClaims: ['exp', 'iat'],
        maxTokenAge: issuer.maxTokenAgeSeconds,
        clockTolerance: toleranceS,
        currentDate: new Date(this.#clock.now()),
      })
      if (types.includes(protectedHeader.typ?.toUpperCase())) return payload
    } catch (error) {
      throw error instanceof errors.JOSEError ? new TokenRefused(whyRefused(error)) : error
    }
    throw new TokenRefused('The token is of a type that does not say who calls.')
  }
}

/** A text in three parts of base64url, as a signed JWT is (RFC 7515, section 7.1). */
export function looksLikeJwt(text: string): boolean {
  return /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/.test(text)
}

function issuerIn(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

function whyRefused(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired, or is older than may be.'
  if (error instanceof errors.JWTClaimValidationFailed)
    return claimFaults[error.claim] ?? 'A claim of the token is wrong.'
  return faults[error.code] ?? 'The token is no well-formed signed JWT.'
}

const claimFaults: Record<string, string> = {
  aud: 'The token is for another audience.',
  nbf: 'The token is not valid yet.',
  iat: 'The token says nothing right about when it was made.',
  exp: 'The token does not say when it expires.',
}

const faults: Record<string, string> = {
  [errors.JWSSignatureVerificationFailed.code]: 'The signature of the token is wrong.',
  [errors.JOSEAlgNotAllowed.code]: 'The token is signed in a way that its issuer does not use.',
  [errors.JWKSNoMatchingKey.code]: 'The token is signed with a key that its issuer does not publish.',
  [errors.JWKSMultipleMatchingKeys.code]: 'The token does not say which key of its issuer it is signed with.',
}

function callerOf(issuer: Issuer, claims: JWTPayload): Verified {
  const [subject = ''] = textsOf(claims, issuer.claims.subject)
  if (subject === '' || subject.length > longestSubject || /\p{Cc}/u.test(subject)) {
    throw new TokenRefused('The token does not say who its subject is.')
  }
  const [name = subject] = textsOf(claims, issuer.claims.displayName)
  const { scopes, isWorkload } = scopesOfClaims(issuer, claims)
  const actor: Actor = {
    type: isWorkload ? 'workload' : 'user',
    id: `${issuer.issuer}#${subject}`,
    displayName: name
      .toWellFormed()
      .replaceAll(/\p{Cc}/gu, ' ')
      .slice(0, longestDisplayName),
    authMethod: 'oidc',
    issuer: issuer.issuer,
  }
  return { actor, scopes }
}
