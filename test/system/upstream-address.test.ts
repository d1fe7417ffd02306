import { expect, it } from 'vitest'
import { Serving } from './serve.ts'
import { FakeZilliz } from './upstream/fake-zilliz.ts'

it('a connection that leads where it may not any more says so, and nothing is sent', async () => {
  await using zilliz = await new FakeZilliz('zc-a-key-that-stays-here').listen()
  await using serving = await Serving.start()
  const body = { name: 'near', provider: 'zilliz', apiKey: zilliz.key, settings: { baseUrl: zilliz.url } }
  const { id } = await serving.client.expect(201, 'POST /connections', { body })
  const verify = `POST /connections/${id}/verify`
  const waiting = { headers: { prefer: 'wait=30' } }
  expect(await serving.client.expect(200, verify, waiting)).toMatchObject({ lastError: null })

  expect(await serving.process.stop()).toBe(0)
  serving.env.CLUSTERGATE_ALLOW_LOOPBACK_UPSTREAMS = 'false'
  await serving.startAgain()
  const before = zilliz.requests.length
  const refused = await serving.client.expect(200, verify, waiting)
  expect(refused.lastError).toMatchObject({
    code: 'upstream-address-refused',
    retryable: false,
    message: expect.stringContaining('127.0.0.1 is a loopback address'),
  })
  expect(zilliz.requests.length).toBe(before)
})
