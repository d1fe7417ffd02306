import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose'
import { type Issuer, issuersSchema } from '../../src/access/issuer.ts'
import { keyTiming } from '../../src/access/issuer-keys.ts'
import { TokenVerifier } from '../../src/access/token-verifier.ts'
import type { Clock } from '../../src/cluster/clock.ts'
import { startTime } from './harness.ts'

export const audience = 'clustergate'

interface KeyPair {
  privateKey: CryptoKey
  publicKey: CryptoKey
  jwk: JWK
}

export async function makeKey(kid: string, alg = 'ES256'): Promise<KeyPair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

/** A real issuer on a loopback address: discovery, published keys, and tokens signed with them. */
export class TestIssuer implements AsyncDisposable {
  readonly #server: Server = createServer((request, response) => this.#answer(request, response))
  /** Those that it publishes. */
  published: JWK[]
  /** What it was asked. */
  readonly asked: string[] = []
  /** Answers nothing but 500. */
  isDown = false
  /** Instead of its own discovery document. */
  discovery: object | null = null
  readonly key: KeyPair
  url = ''

  private constructor(key: KeyPair) {
    this.key = key
    this.published = [key.jwk]
  }

  static async open(): Promise<TestIssuer> {
    const issuer = new TestIssuer(await makeKey('first'))
    issuer.#server.listen(0, '127.0.0.1')
    await once(issuer.#server, 'listening')
    issuer.url = `http://127.0.0.1:${(issuer.#server.address() as AddressInfo).port}`
    return issuer
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.asked.push(request.url ?? '')
    if (this.isDown) return void response.writeHead(500).end('down')
    const document =
      request.url === '/keys'
        ? { keys: this.published }
        : (this.discovery ?? { issuer: this.url, jwks_uri: `${this.url}/keys` })
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document))
  }

  /** A token as it should be, but for what is said otherwise. */
  async token(
    claims: Record<string, unknown> = {},
    {
      header = {},
      key = this.key.privateKey,
    }: { header?: Partial<JWTHeaderParameters>; key?: CryptoKey | Uint8Array } = {},
  ): Promise<string> {
    return new SignJWT(this.claims(claims))
      .setProtectedHeader({ alg: 'ES256', kid: 'first', typ: 'JWT', ...header })
      .sign(key)
  }

  claims(claims: Record<string, unknown> = {}): Record<string, unknown> {
    const now = startTime / 1000
    return {
      iss: this.url,
      sub: 'user-1',
      aud: audience,
      iat: now - 10,
      exp: now + 600,
      email: 'jane@example.com',
      groups: ['staff', 'platform-admins'],
      ...claims,
    }
  }

  /** As the setting would give it. */
  setting(given: object = {}): Issuer[] {
    const rules = [
      { when: { groups: 'platform-admins' }, role: 'admin', team: '*' },
      { when: { groups: ['search', 'search-on-call'] }, role: 'operator', team: 'search' },
      { when: { groups: 'staff-ml' }, role: 'viewer', team: 'ml' },
      {
        when: { repository: 'acme/index', ref: 'refs/heads/main' },
        role: 'operator',
        team: 'search',
        type: 'workload',
      },
      { when: { kind: 'claimed' }, role: { claim: 'roles' }, team: { claim: 'team' } },
    ]
    return issuersSchema.parse([{ issuer: this.url, audience, rules, ...given }])
  }

  verifier(clock: Clock, given: object = {}): TokenVerifier {
    return new TokenVerifier(this.setting(given), clock, { ...keyTiming, cooldownMs: 0 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
