import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { IssuerUnavailable, keyTiming } from '../../src/access/issuer-keys.ts'
import { TokenRefused, TokenVerifier } from '../../src/access/token-verifier.ts'
import { startTime } from '../http/harness.ts'
import { makeKey, TestIssuer } from '../http/issuer.ts'

test('an issuer that takes the request and never answers is given up', async () => {
  await using issuer = await TestIssuer.open()
  const mute = createServer(() => {})
  mute.listen(0, '127.0.0.1')
  await once(mute, 'listening')
  const jwksUri = `http://127.0.0.1:${(mute.address() as AddressInfo).port}/keys`
  const timing = { ...keyTiming, timeoutMs: 50 }
  const verifier = new TokenVerifier(issuer.setting({ jwksUri }), { now: () => startTime }, timing)
  await expect(verifier.verify(await issuer.token(), 'hash')).rejects.toThrow(IssuerUnavailable)
  mute.closeAllConnections()
  mute.close()
})

test('callers that come together ask the issuer once', async () => {
  await using issuer = await TestIssuer.open()
  const verifier = issuer.verifier({ now: () => startTime })
  const tokens = await Promise.all(Array.from({ length: 20 }, (_, i) => issuer.token({ sub: `user-${i}` })))
  await Promise.all(tokens.map((token, i) => verifier.verify(token, `hash-${i}`)))
  expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/keys'])
})

test('keys are read anew from time to time, while callers go on with those that are known', async () => {
  await using issuer = await TestIssuer.open()
  let now = startTime
  const verifier = issuer.verifier({ now: () => now })
  const verified = async (sub: string) => {
    const iat = now / 1000
    return verifier.verify(await issuer.token({ sub, iat, exp: iat + 600 }), sub)
  }
  await verified('first')
  issuer.published = [(await makeKey('another')).jwk]
  now += keyTiming.refreshMs - 1
  await verified('before')
  expect(issuer.asked).toHaveLength(2)
  now += 1
  await verified('with the keys of before')
  let refusal: unknown
  for (let i = 0; refusal === undefined; i++) {
    await verified(`${i}`).catch((error: unknown) => {
      refusal = error
    })
  }
  expect(refusal).toBeInstanceOf(TokenRefused)
})

test('whoever guesses key ids makes the issuer answer once in a while, not once for each', async () => {
  await using issuer = await TestIssuer.open()
  const verifier = new TokenVerifier(issuer.setting(), { now: () => startTime })
  await verifier.verify(await issuer.token(), 'hash')
  for (const kid of ['a', 'b', 'c']) {
    const guess = await issuer.token({}, { header: { kid } })
    await expect(verifier.verify(guess, kid)).rejects.toThrow(TokenRefused)
  }
  expect(issuer.asked).toHaveLength(2)
})
