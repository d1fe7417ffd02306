import { describe, expect, it } from 'vitest'
import { CLUSTERS, openSandbox } from './fixture.ts'

const ACCOUNT = '/v1/accounts/sandbox'

describe('a key', () => {
  it.each([
    { authorization: 'Bearer fireworks-sandbox-key' },
    { authorization: 'bearer fireworks-sandbox-key' },
    { 'x-api-key': 'fireworks-sandbox-key' },
  ])('opens its account when it comes as %j', async (headers) => {
    expect((await openSandbox().send('GET', ACCOUNT, { headers })).status).toBe(200)
  })

  it.each([
    {},
    { authorization: 'Bearer wrong' },
    { authorization: 'fireworks-sandbox-key' },
    { 'x-api-key': 'x' },
  ])('is asked for when what comes is %j', async (headers) => {
    const response = await openSandbox().send('GET', CLUSTERS, { headers })
    const body = JSON.parse(await response.text())
    expect(response.status).toBe(401)
    expect(body).toMatchObject({ code: 16, details: [] })
    expect(response.headers.get('www-authenticate')).toBe(body.message)
  })

  it('tells its account in a header of verifyApiKey', async () => {
    const { call } = openSandbox({ accountId: 'acme' })
    const { status, headers } = await call('GET', '/verifyApiKey')
    expect([status, headers.get('x-fireworks-account-id')]).toEqual([200, 'acme'])
  })

  it('lists every account that it sees, by name and in pages, and no other', async () => {
    const accounts = [{ accountId: 'also' }, { accountId: 'other', apiKey: 'other-key' }]
    const { call } = openSandbox({ accounts })
    expect((await call('GET', '/v1/accounts')).body).toMatchObject({
      accounts: [{ name: 'accounts/also' }, { name: 'accounts/sandbox' }],
      nextPageToken: '',
      totalSize: 2,
    })
    const first = (await call('GET', '/v1/accounts?pageSize=1')).body
    expect(first).toMatchObject({ accounts: [{ name: 'accounts/also' }], totalSize: 2 })
    expect(
      (await call('GET', `/v1/accounts?pageSize=1&pageToken=${first.nextPageToken}`)).body,
    ).toMatchObject({
      accounts: [{ name: 'accounts/sandbox' }],
    })
  })

  it.each([
    ['PERMISSION_DENIED', 403, 7],
    ['NOT_FOUND', 404, 5],
  ] as const)(
    'is refused another account with %s, whether there is one or not',
    async (foreignAccount, status, code) => {
      const accounts = [{ accountId: 'other', apiKey: 'other-key' }]
      const { call } = openSandbox({ accounts, mode: { foreignAccount } })
      for (const path of ['/v1/accounts/other', '/v1/accounts/none', '/v1/accounts/other/clusters'])
        expect(await call('GET', path)).toMatchObject({ status, body: { code } })
    },
  )
})

describe('an account', () => {
  it('is described', async () => {
    expect((await openSandbox().call('GET', ACCOUNT)).body).toMatchObject({
      name: 'accounts/sandbox',
      accountType: 'ENTERPRISE',
      email: 'owner@sandbox.example',
      state: 'READY',
      suspendState: 'UNSUSPENDED',
      status: { code: 'OK', message: '' },
    })
  })

  it.each([
    [403, 7],
    [412, 9],
  ] as const)('that is suspended says so and refuses the rest with %s', async (suspendedHttpStatus, code) => {
    const { call, create, sandbox } = openSandbox({ mode: { suspendedHttpStatus } })
    sandbox.suspend('sandbox', 'CREDIT_DEPLETED')
    expect((await call('GET', ACCOUNT)).body).toMatchObject({ suspendState: 'CREDIT_DEPLETED' })
    expect(await create('a')).toMatchObject({ status: suspendedHttpStatus, body: { code } })
    expect((await call('GET', CLUSTERS)).status).toBe(suspendedHttpStatus)
    sandbox.suspend('sandbox', 'UNSUSPENDED')
    expect((await create('a')).status).toBe(200)
  })

  it('has quotas whose whole numbers are texts', async () => {
    const { call } = openSandbox()
    const { body } = await call('GET', `${ACCOUNT}/quotas?filter=${encodeURIComponent('value="500"')}`)
    const quota = {
      name: 'accounts/sandbox/quotas/monthly-spend-usd',
      value: '500',
      maxValue: '500',
      usage: 0,
    }
    expect(body).toMatchObject({ quotas: [quota], totalSize: 1 })
    expect((await call('GET', `${ACCOUNT}/quotas/monthly-spend-usd`)).body).toMatchObject(quota)
    expect((await call('GET', `${ACCOUNT}/quotas/none`)).body).toMatchObject({ code: 5 })
  })
})

describe('a path', () => {
  it.each(['/', '/v1', '/v1/accounts/', '/v1/accounts/sandbox/clusters/a/b', '/v2/clusters'])(
    'that does not exist, like %s, is NOT_FOUND',
    async (path) => {
      expect(await openSandbox().call('GET', path)).toMatchObject({
        status: 404,
        body: { code: 5, message: 'Not Found' },
      })
    },
  )

  it.each([
    ['PUT', CLUSTERS],
    ['POST', `${CLUSTERS}/a`],
    ['POST', `${CLUSTERS}/a:getConnectionInfo`],
    ['DELETE', ACCOUNT],
  ])('does not take %s %s: UNIMPLEMENTED', async (method, path) => {
    expect(await openSandbox().call(method, path)).toMatchObject({
      status: 501,
      body: { code: 12, message: 'Method Not Allowed' },
    })
  })

  it('does not take HEAD', async () => {
    expect((await openSandbox().send('HEAD', CLUSTERS)).status).toBe(501)
  })
})

it('refuses more than the allowed calls a minute with RESOURCE_EXHAUSTED', async () => {
  const { call, clock } = openSandbox({ mode: { requestsPerMinute: 2 } })
  await call('GET', ACCOUNT)
  await call('GET', ACCOUNT)
  expect(await call('GET', ACCOUNT)).toMatchObject({ status: 429, body: { code: 8 } })
  clock.advance(60_000)
  expect((await call('GET', ACCOUNT)).status).toBe(200)
})
