import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import type { Clock } from '../cluster/clock.ts'
import { type Issuer, isSecureUrl } from './issuer.ts'

export interface KeyTiming {
  /** How long an answer of the issuer may take. */
  timeoutMs: number
  /** After this, keys are read anew, while those that are known go on counting. */
  refreshMs: number
  /** After this without an answer, keys count no more. */
  staleMs: number
  /** Between two readings because of a key that is not known. */
  cooldownMs: number
  /** After a failure the issuer is left alone for so long. */
  retryMs: number
}

export const keyTiming: KeyTiming = {
  timeoutMs: 3000,
  refreshMs: 10 * 60_000,
  staleMs: 24 * 3600_000,
  cooldownMs: 30_000,
  retryMs: 5000,
}

/** The issuer's keys cannot be had now. Says nothing about the token. */
export class IssuerUnavailable extends Error {
  override name = 'IssuerUnavailable'
  readonly issuer: string
  readonly retryAfterMs: number

  constructor(issuer: string, retryAfterMs: number, cause?: unknown) {
    super(`the keys of ${issuer} cannot be read`, { cause })
    this.issuer = issuer
    this.retryAfterMs = retryAfterMs
  }
}

type Header = Parameters<JWTVerifyGetKey>[0]
type Token = Parameters<JWTVerifyGetKey>[1]

/** The public keys of one issuer: found by OpenID Connect Discovery, kept, and read anew when they may have rotated. */
export class IssuerKeys {
  readonly #issuer: Issuer
  readonly #clock: Clock
  readonly #timing: KeyTiming
  #set: ReturnType<typeof createRemoteJWKSet> | undefined
  #opening: Promise<ReturnType<typeof createRemoteJWKSet>> | undefined
  #refreshAt = Number.NEGATIVE_INFINITY
  #retryAt = Number.NEGATIVE_INFINITY

  constructor(issuer: Issuer, clock: Clock, timing: KeyTiming) {
    this.#issuer = issuer
    this.#clock = clock
    this.#timing = timing
  }

  /** The key that a token says it is signed by. Headers that bring a key along, or its address, are not looked at. */
  async keyFor(header: Header, token: Token) {
    if (this.#clock.now() < this.#retryAt) return this.#keptKeyFor(header, token)
    try {
      this.#set ??= await this.#open()
      this.#refresh(this.#set)
      return await this.#set(header, token)
    } catch (error) {
      if (isAboutToken(error)) throw error
      this.#retryAt = this.#clock.now() + this.#timing.retryMs
      throw this.#unavailable(error)
    }
  }

  /** While the issuer is left alone: what was known of it before. */
  async #keptKeyFor(header: Header, token: Token) {
    const kept = this.#set?.fresh ? this.#set.jwks() : undefined
    if (!kept) throw this.#unavailable()
    try {
      return await createLocalJWKSet(kept)(header, token)
    } catch (error) {
      // It may be signed by a key that came since.
      throw error instanceof errors.JWKSNoMatchingKey ? this.#unavailable(error) : error
    }
  }

  #unavailable(cause?: unknown): IssuerUnavailable {
    const wait = Math.max(1000, this.#retryAt - this.#clock.now())
    return new IssuerUnavailable(this.#issuer.issuer, wait, cause)
  }

  #refresh(set: ReturnType<typeof createRemoteJWKSet>): void {
    const now = this.#clock.now()
    if (now < this.#refreshAt || set.reloading) return
    this.#refreshAt = now + this.#timing.refreshMs
    if (set.jwks() === undefined) return
    set.reload().catch(() => {
      this.#refreshAt = this.#clock.now() + this.#timing.retryMs
    })
  }

  /** One discovery at a time, whoever asks meanwhile. */
  #open(): Promise<ReturnType<typeof createRemoteJWKSet>> {
    this.#opening ??= this.#discover().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #discover(): Promise<ReturnType<typeof createRemoteJWKSet>> {
    const { issuer, jwksUri } = this.#issuer
    const { timeoutMs, cooldownMs, staleMs } = this.#timing
    const address = jwksUri ?? (await discoverJwksUri(issuer, timeoutMs))
    return createRemoteJWKSet(new URL(address), {
      timeoutDuration: timeoutMs,
      cooldownDuration: cooldownMs,
      cacheMaxAge: staleMs,
    })
  }
}

function isAboutToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  )
}

/** OpenID Connect Discovery 1.0, section 4: the document must be the issuer's own. */
async function discoverJwksUri(issuer: string, timeoutMs: number): Promise<string> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await fetch(address, { signal: AbortSignal.timeout(timeoutMs), redirect: 'error' })
  if (!response.ok) throw new Error(`${address} answered ${response.status}`)
  const document = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown } | null
  if (document?.issuer !== issuer) throw new Error(`${address} is the document of another issuer`)
  const { jwks_uri: uri } = document
  const plain = issuer.startsWith('https:') && typeof uri === 'string' && uri.startsWith('http:')
  if (typeof uri === 'string' && isSecureUrl(uri.split('?', 1)[0] ?? '') && !plain) return uri
  throw new Error(`${address} names no https address for its keys`)
}
