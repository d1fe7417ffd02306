import { describe, expect, test } from 'vitest'
import { permissionsOf } from '../../src/cluster/actor.ts'
import { hashApiKey, isMistyped, makeApiKeyText } from '../../src/http/api-key-text.ts'
import { createApiKey } from '../../src/store/api-keys.ts'
import { entriesOf, openHarness, startTime } from './harness.ts'

describe('200', () => {
  test('a key says who it is', async () => {
    await using harness = await openHarness()
    const { status, json } = await harness.send('GET /whoami', {
      key: await harness.makeKey('viewer', 'search'),
    })
    expect([status, json]).toMatchObject([
      200,
      { role: 'viewer', team: 'search', actor: { displayName: 'viewer of search' } },
    ])
    expect(json.permissions).toEqual([...permissionsOf.viewer])
  })

  test('the scheme is of any case, and a key chosen outside of any form', async () => {
    await using harness = await openHarness()
    const who = {
      actor: { type: 'system', id: 's', displayName: 's', authMethod: 'internal' },
      requestId: 'r',
    } as const
    const context = { ip: null, userAgent: null, interface: 'cli' } as const
    const key = {
      id: harness.store.newId('key'),
      displayName: 'd',
      scopes: [{ role: 'admin' as const, team: '*' }],
      expireTime: null,
    }
    await createApiKey(
      harness.store,
      { who: { ...who, context } },
      { ...key, hash: hashApiKey('cgk_chosen by hand') },
    )
    const headers = { authorization: 'bEaReR cgk_chosen by hand' }
    expect((await harness.send('GET /whoami', { key: null, headers })).status).toBe(200)
  })
})

describe('401', () => {
  test.each([
    ['nothing', undefined, 'Bearer realm="clustergate"'],
    ['another scheme', 'Basic dXNlcjpwdw==', 'Bearer realm="clustergate"'],
    ['no token', 'Bearer ', 'Bearer realm="clustergate"'],
    ['an unknown token', 'Bearer nonsense', 'Bearer realm="clustergate", error="invalid_token"'],
    ['an endless token', `Bearer ${'x'.repeat(5000)}`, 'Bearer realm="clustergate", error="invalid_token"'],
    [
      'an unknown key of our form',
      `Bearer ${makeApiKeyText('key_x')}`,
      'Bearer realm="clustergate", error="invalid_token"',
    ],
  ])('%s', async (_, authorization, challenge) => {
    await using harness = await openHarness()
    const headers = authorization === undefined ? {} : { authorization }
    const { status, json, headers: answered } = await harness.send('GET /whoami', { key: null, headers })
    expect([status, json.code, answered.get('www-authenticate')]).toEqual([401, 'unauthenticated', challenge])
  })

  test('a revoked key, from the next request on', async () => {
    await using harness = await openHarness()
    const { json } = await harness.send('POST /api-keys', { body: { role: 'viewer', team: '*' } })
    const key = String(json.key)
    expect((await harness.send('GET /whoami', { key })).status).toBe(200)
    expect((await harness.send(`DELETE /api-keys/${json.id}`)).status).toBe(204)
    expect((await harness.send('GET /whoami', { key })).status).toBe(401)
  })

  test('an expired key', async () => {
    await using harness = await openHarness()
    const key = await harness.makeKey('viewer', '*', startTime + 1000)
    expect((await harness.send('GET /whoami', { key })).status).toBe(200)
    harness.clock.time += 1000
    expect((await harness.send('GET /whoami', { key })).status).toBe(401)
  })

  test('a mistyped key is refused by its checksum, without a look into the store', async () => {
    const key = makeApiKeyText('key_01jz8x0v5wf4gr0q2m6h1v9k3f')
    const mistyped = key.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    expect([isMistyped(key), isMistyped(mistyped), isMistyped('anything')]).toEqual([false, true, false])
    await using harness = await openHarness()
    const { json } = await harness.send('GET /whoami', { key: mistyped })
    expect(json.detail).toContain('missing or wrong')
  })

  test('is written down, with nobody as its actor', async () => {
    await using harness = await openHarness()
    await harness.send('GET /clusters', { key: null, headers: { 'user-agent': 'x'.repeat(1000) } })
    expect(await entriesOf(harness, 'cluster.read')).toMatchObject([
      { outcome: 'DENIED', actor: { type: 'anonymous' }, context: { userAgent: 'x'.repeat(256) } },
    ])
  })
})
