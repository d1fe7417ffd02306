import { describe, expect, it } from 'vitest'
import { createZillizSandbox } from '../../../src/sandbox/zilliz/sandbox.ts'
import { setUp } from './fixture.ts'

describe('a call', () => {
  it.each([{}, { authorization: 'Bearer wrong' }, { authorization: 'zilliz-sandbox-key' }])(
    'with the headers %j is unauthorized',
    async (headers) => {
      const response = await createZillizSandbox().fetch(
        new Request('http://z.test/v2/projects', { headers }),
      )
      expect(response.status).toBe(401)
      expect(await response.json()).toEqual({ code: 21119, message: 'The apikey is illegal' })
    },
  )

  it('has a request id in its reply, success or not', async () => {
    const { call } = setUp()
    const replies = [
      await call('GET', '/v2/clouds'),
      await call('GET', '/v2/regions?cloudId=x'),
      await call('GET', '/'),
    ]
    const ids = replies.map((reply) => reply.headers.get('requestid'))
    expect(new Set(ids).size).toBe(3)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/)
  })

  it.each([
    ['POST', '/v2/clusters/create'],
    ['GET', '/v2/nothing'],
    ['DELETE', '/v2/clusters/in05-1'],
  ])('to %s %s, which does not exist, is a 404', async (method, path) => {
    expect(await setUp().call(method, path)).toMatchObject({ status: 404, code: 404 })
  })
})

describe('the rate limit', () => {
  it('is 20 a second for each route, and refills', async () => {
    let time = 0
    const { sandbox, call } = setUp({ rateLimit: { now: () => time } })
    for (let n = 0; n < 20; n += 1) expect((await call('GET', '/v2/projects')).status).toBe(200)
    const refused = await sandbox.fetch(
      new Request('http://z.test/v2/projects', { headers: { authorization: `Bearer ${sandbox.apiKey}` } }),
    )
    expect([refused.status, await refused.text()]).toEqual([429, 'Too Many Requests'])
    expect((await call('GET', '/v2/clusters')).status).toBe(200)
    time += 50
    expect((await call('GET', '/v2/projects')).status).toBe(200)
  })

  it('can word its refusal in the envelope', async () => {
    const { call } = setUp({ rateLimit: { perSecond: 1, now: () => 0 }, mode: { rateLimitBody: 'json' } })
    await call('GET', '/v2/projects')
    expect(await call('GET', '/v2/projects')).toMatchObject({ status: 429, code: 429 })
  })
})
