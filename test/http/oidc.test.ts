import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import type { AppDeps } from '../../src/http/app-deps.ts'
import { entriesOf, type Harness, openHarness, startTime } from './harness.ts'
import { audience, makeKey, TestIssuer } from './issuer.ts'

let issuer: TestIssuer

beforeAll(async () => {
  issuer = await TestIssuer.open()
})

afterAll(() => issuer[Symbol.asyncDispose]())

/** A gateway that trusts an issuer. */
async function trusting(trusted: TestIssuer = issuer, given: object = {}): Promise<Harness> {
  const clock = { time: startTime, now: () => clock.time }
  const overrides: Partial<AppDeps> = { clock, tokens: trusted.verifier(clock, given) }
  const harness = await openHarness(overrides)
  // One clock for both, that the test moves.
  Object.defineProperty(harness.clock, 'time', {
    get: () => clock.time,
    set: (time: number) => {
      clock.time = time
    },
  })
  return harness
}

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('a token of a trusted issuer', () => {
  test('says who it is, and its claims what that may do', async () => {
    await using harness = await trusting()
    const { status, json } = await harness.send('GET /whoami', { key: await issuer.token() })
    expect([status, json]).toMatchObject([
      200,
      {
        actor: { type: 'user', id: `${issuer.url}#user-1`, displayName: 'jane@example.com' },
        authMethod: 'oidc',
        issuer: issuer.url,
        role: 'admin',
        team: '*',
        scopes: [{ role: 'admin', team: '*' }],
      },
    ])
  })

  test('is the actor of what it changes, in the entry and in what it made', async () => {
    await using harness = await trusting()
    const key = await issuer.token({
      repository: 'acme/index',
      ref: 'refs/heads/main',
      groups: [],
      email: undefined,
    })
    const id = await harness.makeCluster({ team: undefined }, key)
    const actor = { type: 'workload', id: `${issuer.url}#user-1`, displayName: 'user-1' }
    expect((await harness.send(`GET /clusters/${id}`)).json).toMatchObject({
      team: 'search',
      createdBy: actor,
    })
    expect(await entriesOf(harness, 'cluster.create')).toMatchObject([
      { outcome: 'SUCCESS', actor: { ...actor, authMethod: 'oidc', issuer: issuer.url } },
    ])
  })

  test('has the roles of all rules that fit', async () => {
    await using harness = await trusting()
    const key = await issuer.token({ groups: ['search-on-call', 'staff-ml'] })
    const { json } = await harness.send('GET /whoami', { key })
    expect(json.scopes).toEqual([
      { role: 'operator', team: 'search' },
      { role: 'viewer', team: 'ml' },
    ])
    expect([json.role, json.team]).toEqual([undefined, undefined])
  })

  test('may name roles and teams in claims; no claim names all teams, or a role that there is not', async () => {
    await using harness = await trusting()
    const claims = { kind: 'claimed', groups: [], roles: ['viewer', 'root'], team: ['ml', '*', 'No Team'] }
    const { json } = await harness.send('GET /whoami', { key: await issuer.token(claims) })
    expect(json.scopes).toEqual([{ role: 'viewer', team: 'ml' }])
  })

  test('403: to whom no rule gives a role may do nothing, and that is written down with its name', async () => {
    await using harness = await trusting()
    const key = await issuer.token({ groups: ['staff'] })
    expect((await harness.send('GET /clusters', { key })).json.code).toBe('forbidden')
    expect(await entriesOf(harness, 'cluster.read')).toMatchObject([
      { outcome: 'DENIED', actor: { type: 'user', id: `${issuer.url}#user-1` } },
    ])
  })

  test('is verified once, and refused as soon as it has expired', async () => {
    await using harness = await trusting()
    const key = await issuer.token({ exp: startTime / 1000 + 60 })
    const asked = issuer.asked.length
    for (let i = 0; i < 3; i++) expect((await harness.send('GET /whoami', { key })).status).toBe(200)
    expect(issuer.asked.length).toBe(asked + 2)
    harness.clock.time += 66_000
    expect((await harness.send('GET /whoami', { key })).status).toBe(401)
  })

  test('is refused as soon as it is older than may be, however long it is valid', async () => {
    await using harness = await trusting(issuer, { maxTokenAgeSeconds: 60 })
    const key = await issuer.token({ iat: startTime / 1000 - 50, exp: startTime / 1000 + 3600 })
    expect((await harness.send('GET /whoami', { key })).status).toBe(200)
    harness.clock.time += 16_000
    expect((await harness.send('GET /whoami', { key })).status).toBe(401)
  })
})

describe('401, with a challenge, written down, nothing changed', () => {
  /** Each as it differs from a token that would be accepted as an admin's. */
  const bad: Record<string, () => Promise<string>> = {
    'a claim that was changed': async () => {
      const [head, , signature] = (await issuer.token()).split('.')
      return `${head}.${encoded(issuer.claims({ sub: 'somebody-else' }))}.${signature}`
    },
    'a signature that was changed': async () => (await issuer.token()).replace(/.{8}$/, 'AAAAAAAA'),
    'no signature': async () => (await issuer.token()).replace(/[^.]+$/, ''),
    'alg none': async () => `${encoded({ alg: 'none', typ: 'JWT' })}.${encoded(issuer.claims())}.`,
    'alg none, with the key of the issuer': async () =>
      `${encoded({ alg: 'none', kid: 'first' })}.${encoded(issuer.claims())}.`,
    'HS256, keyed with the public key': async () => {
      const secret = new TextEncoder().encode(JSON.stringify(issuer.key.jwk).padEnd(32))
      return issuer.token({}, { header: { alg: 'HS256' }, key: secret })
    },
    'an algorithm that the issuer does not use': async () => {
      const key = await makeKey('first', 'ES384')
      return issuer.token({}, { header: { alg: 'ES384' }, key: key.privateKey })
    },
    'another audience': () => issuer.token({ aud: 'another' }),
    'no audience': () => issuer.token({ aud: undefined }),
    'another issuer': () => issuer.token({ iss: 'https://issuer.example' }),
    'the issuer with a slash more': () => issuer.token({ iss: `${issuer.url}/` }),
    'no issuer': () => issuer.token({ iss: undefined }),
    expired: () => issuer.token({ exp: startTime / 1000 - 6 }),
    'no expiry': () => issuer.token({ exp: undefined }),
    'not valid yet': () => issuer.token({ nbf: startTime / 1000 + 60 }),
    'made in the future': () => issuer.token({ iat: startTime / 1000 + 60 }),
    'older than may be': () => issuer.token({ iat: startTime / 1000 - 25 * 3600 }),
    'no time of making': () => issuer.token({ iat: undefined }),
    'no subject': () => issuer.token({ sub: undefined }),
    'an endless subject': () => issuer.token({ sub: 'x'.repeat(256) }),
    'an unknown key': () => issuer.token({}, { header: { kid: 'unknown' } }),
    'a key of its own, brought along': async () => {
      const { privateKey, jwk } = await makeKey('mine')
      return issuer.token({}, { header: { kid: 'mine', jwk }, key: privateKey })
    },
    'a key of its own, under the name of the issuer’s': async () =>
      issuer.token({}, { key: (await makeKey('first')).privateKey }),
    'the address of a key of its own': async () => {
      const { privateKey } = await makeKey('mine')
      return issuer.token({}, { header: { kid: 'mine', jku: `${issuer.url}/mine` }, key: privateKey })
    },
    'another kind of token': () => issuer.token({}, { header: { typ: 'logout+jwt' } }),
    'an extension that must be understood': async () => {
      const header = { alg: 'ES256', kid: 'first', crit: ['exp2'], exp2: 1 }
      const [, claims, signature] = (await issuer.token()).split('.')
      return `${encoded(header)}.${claims}.${signature}`
    },
    'more than 8 KiB': () => issuer.token({ filler: 'x'.repeat(8192) }),
    'a head that is no JSON': async () => `eyJ.${encoded(issuer.claims())}.AAAA`,
  }

  test.each(Object.entries(bad))('%s', async (_, make) => {
    await using harness = await trusting()
    const key = await make()
    const asked = issuer.asked.length
    const answer = await harness.send('PUT /teams/search', {
      key,
      body: { duplicateGuard: { enabled: false } },
    })
    expect([answer.status, answer.json.code]).toEqual([401, 'unauthenticated'])
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="clustergate", error="invalid_token"')
    expect(await entriesOf(harness, 'team.update')).toMatchObject([
      { outcome: 'DENIED', actor: { type: 'anonymous' }, changes: [] },
    ])
    expect((await harness.send('GET /teams')).json.teams).toEqual([])
    expect(issuer.asked.slice(asked)).not.toContain('/mine')
    const [, , signature = ''] = key.split('.')
    if (signature.length > 16) expect(answer.text + harness.logLines.join('')).not.toContain(signature)
  })

  test('a token where no issuer is trusted', async () => {
    await using harness = await openHarness()
    const { status, json } = await harness.send('GET /whoami', { key: await issuer.token() })
    expect([status, json.detail]).toEqual([401, expect.stringContaining('trusts no issuer')])
  })

  test('a token for one issuer, signed by another that is trusted too', async () => {
    await using second = await TestIssuer.open()
    const clock = { now: () => startTime }
    const { TokenVerifier } = await import('../../src/access/token-verifier.ts')
    const tokens = new TokenVerifier([...issuer.setting(), ...second.setting()], clock)
    await using harness = await openHarness({ tokens })
    const forged = await second.token({ iss: issuer.url })
    expect((await harness.send('GET /whoami', { key: forged })).status).toBe(401)
    expect((await harness.send('GET /whoami', { key: await second.token() })).status).toBe(200)
  })
})

describe('keys of an issuer', () => {
  test('that are new are found by themselves, and those withdrawn count no more', async () => {
    await using own = await TestIssuer.open()
    await using harness = await trusting(own)
    expect((await harness.send('GET /whoami', { key: await own.token() })).status).toBe(200)
    const next = await makeKey('second')
    own.published = [next.jwk]
    const rotated = await own.token({}, { header: { kid: 'second' }, key: next.privateKey })
    expect((await harness.send('GET /whoami', { key: rotated })).status).toBe(200)
    const former = await own.token({ sub: 'user-2' })
    expect((await harness.send('GET /whoami', { key: former })).status).toBe(401)
  })

  test('may be of RSA or Ed25519, too', async () => {
    await using own = await TestIssuer.open()
    await using harness = await trusting(own)
    for (const alg of ['RS256', 'EdDSA']) {
      const { privateKey, jwk } = await makeKey(alg, alg)
      own.published.push(jwk)
      const key = await own.token({}, { header: { kid: alg, alg }, key: privateKey })
      expect([alg, (await harness.send('GET /whoami', { key })).status]).toEqual([alg, 200])
    }
  })

  test('503: cannot be had; the token may be right, API keys work, and the next try is a moment later', async () => {
    await using own = await TestIssuer.open()
    own.isDown = true
    await using harness = await trusting(own)
    const key = await own.token()
    const { status, json, headers } = await harness.send('GET /whoami', { key })
    expect([status, json.code, json.retryable, headers.get('retry-after')]).toEqual([
      503,
      'issuer-unavailable',
      true,
      '5',
    ])
    const asked = own.asked.length
    expect((await harness.send('GET /whoami', { key })).status).toBe(503)
    expect(own.asked.length).toBe(asked)
    expect((await harness.send('GET /whoami')).status).toBe(200)
    own.isDown = false
    harness.clock.time += 5001
    expect((await harness.send('GET /whoami', { key })).status).toBe(200)
  })

  test('that were read go on counting while the issuer is down', async () => {
    await using own = await TestIssuer.open()
    await using harness = await trusting(own)
    expect((await harness.send('GET /whoami', { key: await own.token() })).status).toBe(200)
    own.isDown = true
    const unknown = await own.token({}, { header: { kid: 'unknown' } })
    expect((await harness.send('GET /whoami', { key: unknown })).status).toBe(503)
    expect((await harness.send('GET /whoami', { key: await own.token({ sub: 'user-2' }) })).status).toBe(200)
  })

  test.each<[string, (own: TestIssuer) => JsonObject]>([
    ['of another issuer', (own) => ({ issuer: 'https://issuer.example', jwks_uri: `${own.url}/keys` })],
    ['without an address', (own) => ({ issuer: own.url })],
    [
      'with an address on another machine by plain http',
      (own) => ({ issuer: own.url, jwks_uri: 'http://192.0.2.1/keys' }),
    ],
  ])('503: a discovery document %s', async (_, document) => {
    await using own = await TestIssuer.open()
    own.discovery = document(own)
    await using harness = await trusting(own)
    expect((await harness.send('GET /whoami', { key: await own.token() })).json.code).toBe(
      'issuer-unavailable',
    )
    expect(own.asked).not.toContain('/keys')
  })

  test('an address that is set is used without discovery', async () => {
    await using own = await TestIssuer.open()
    await using harness = await trusting(own, { jwksUri: `${own.url}/keys`, audience: ['other', audience] })
    expect((await harness.send('GET /whoami', { key: await own.token() })).status).toBe(200)
    expect(own.asked).toEqual(['/keys'])
  })
})
