import { once } from 'node:events'
import { createServer } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { ProviderFailure } from '../../src/cluster/failure.ts'
import type { UpstreamRequest } from '../../src/cluster/provider.ts'
import { type CallEvent, createSend } from '../../src/providers/call.ts'
import { type Answer, startUpstream } from './scripted-upstream.ts'

const key = 'key-that-must-not-be-told-0123456789'

function request(url: string, method: UpstreamRequest['method'] = 'GET'): UpstreamRequest {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  return { operation: 'tryIt', method, url, headers, ...(method === 'GET' ? {} : { body: { a: 1 } }) }
}

async function failureOf(promise: Promise<unknown>): Promise<ProviderFailure> {
  const outcome = await promise.then(
    () => 'it succeeded',
    (error: unknown) => error,
  )
  if (outcome instanceof ProviderFailure) return outcome
  throw new Error('expected a ProviderFailure', { cause: outcome })
}

const ok: Answer = { json: { code: 0, data: 'fine' } }

/** A port that nothing listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

describe('a call that is answered', () => {
  test('gives status, lower-case headers and the whole text, whatever the status', async () => {
    await using upstream = await startUpstream(() => ({
      status: 418,
      headers: { RequestId: 'r1', 'Set-Cookie': 'a=b' },
      text: 'grüße',
    }))
    await using sender = createSend()
    const answer = await sender.send(request(`${upstream.baseUrl}/v2/pots?size=1`))
    expect(answer).toMatchObject({
      status: 418,
      headers: { requestid: 'r1', 'set-cookie': 'a=b' },
      text: 'grüße',
    })
  })

  test('carries method, path, query, headers and JSON body, and asks for no compression', async () => {
    await using upstream = await startUpstream(() => ok)
    await using sender = createSend()
    await sender.send(request(`${upstream.baseUrl}/v2/pots?size=1`, 'PUT'))
    expect(upstream.arrived).toMatchObject([
      {
        method: 'PUT',
        path: '/v2/pots',
        body: { a: 1 },
        headers: {
          authorization: `Bearer ${key}`,
          'accept-encoding': 'identity',
          'user-agent': 'clustergate',
        },
      },
    ])
    expect(upstream.arrived[0]?.query.get('size')).toBe('1')
  })

  test('is not redirected', async () => {
    await using upstream = await startUpstream(() => ({
      status: 302,
      headers: { location: '/other' },
      text: '',
    }))
    await using sender = createSend()
    expect(await sender.send(request(`${upstream.baseUrl}/here`))).toMatchObject({ status: 302 })
    expect(upstream.arrived).toHaveLength(1)
  })

  test('reads share a connection; a change has one of its own', async () => {
    await using upstream = await startUpstream(() => ok)
    await using sender = createSend()
    for (const method of ['GET', 'GET', 'POST', 'POST'] as const) {
      await sender.send(request(upstream.baseUrl, method))
      await setImmediate()
    }
    const [first, second, third, fourth] = upstream.arrived.map(({ remotePort }) => remotePort)
    expect(second).toBe(first)
    expect(new Set([first, third, fourth]).size).toBe(3)
  })
})

describe('a call that certainly never left', () => {
  test('a refused connection', async () => {
    await using sender = createSend()
    const failure = await failureOf(sender.send(request(`http://127.0.0.1:${await closedPort()}/`, 'POST')))
    expect(failure).toMatchObject({ kind: 'unavailable', applied: 'no', retryable: true })
    expect(failure.message).toContain('ECONNREFUSED')
  })

  test('a name that does not resolve', async () => {
    await using sender = createSend()
    const failure = await failureOf(sender.send(request('http://nowhere.invalid/', 'POST')))
    expect(failure).toMatchObject({ kind: 'unavailable', applied: 'no', retryable: true })
  })

  test('a TLS handshake that fails', async () => {
    await using upstream = await startUpstream(() => ok)
    await using sender = createSend()
    const url = upstream.baseUrl.replace('http:', 'https:')
    expect(await failureOf(sender.send(request(url, 'POST')))).toMatchObject({
      kind: 'unavailable',
      applied: 'no',
    })
    expect(upstream.arrived).toHaveLength(0)
  })

  test('a TLS handshake that is never answered', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const address = silent.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    await using sender = createSend({ connectTimeoutMs: 50 })
    const failure = await failureOf(sender.send(request(`https://127.0.0.1:${port}/`, 'POST')))
    expect(failure).toMatchObject({ kind: 'unavailable', applied: 'no' })
    expect(failure.message).toContain('UND_ERR_CONNECT_TIMEOUT')
    silent.close()
  })

  test('a call after the sender was closed', async () => {
    await using upstream = await startUpstream(() => ok)
    const sender = createSend()
    await sender.close()
    expect(await failureOf(sender.send(request(upstream.baseUrl, 'POST')))).toMatchObject({ applied: 'no' })
    expect(upstream.arrived).toHaveLength(0)
  })

  test('a header that cannot be written is the request’s own fault, and is not told', async () => {
    await using upstream = await startUpstream(() => ok)
    await using sender = createSend()
    const broken = { ...request(upstream.baseUrl, 'POST'), headers: { authorization: `Bearer ${key}\n` } }
    const failure = await failureOf(sender.send(broken))
    expect(failure).toMatchObject({ kind: 'invalid', applied: 'no', retryable: false })
    expect(failure.message).not.toContain(key)
  })
})

describe('a call whose outcome is not known', () => {
  const faults = [
    ['dropped without an answer', 'drop', {}],
    ['never answered', 'hang', { headersTimeoutMs: 50 }],
    ['cut short in its body', 'truncate', {}],
    ['stalled in its body', 'stall', { bodyTimeoutMs: 50 }],
  ] as const
  test.each(faults)('%s: unavailable, unknown, and sent once', async (_name, fault, timeouts) => {
    await using upstream = await startUpstream(() => ({ fault }))
    await using sender = createSend(timeouts)
    const failure = await failureOf(sender.send(request(upstream.baseUrl, 'POST')))
    expect(failure).toMatchObject({ kind: 'unavailable', applied: 'unknown', retryable: true })
    expect(upstream.arrived).toHaveLength(1)
  })

  test('a reply that broke off still tells its status and request id', async () => {
    await using upstream = await startUpstream(() => ({ fault: 'truncate' }))
    await using sender = createSend()
    const failure = await failureOf(sender.send(request(upstream.baseUrl, 'POST')))
    expect(failure).toMatchObject({ httpStatus: 200, requestId: 'cut-short' })
  })

  test('an answer larger than the cap', async () => {
    await using upstream = await startUpstream(() => ({ text: 'x'.repeat(2_000) }))
    await using sender = createSend({ maxBodyBytes: 1_000 })
    const failure = await failureOf(sender.send(request(upstream.baseUrl, 'POST')))
    expect(failure).toMatchObject({ kind: 'unavailable', applied: 'unknown' })
    expect(failure.message).toContain('too large')
  })

  test('a kept-alive connection that the provider closes under a read is not read again', async () => {
    let calls = 0
    await using upstream = await startUpstream(() => {
      calls += 1
      return calls === 1 ? ok : { fault: 'drop' }
    })
    await using sender = createSend()
    await sender.send(request(upstream.baseUrl))
    expect(await failureOf(sender.send(request(upstream.baseUrl)))).toMatchObject({ applied: 'no' })
    expect(upstream.arrived).toHaveLength(2)
  })

  test('a call under way when the grace of a close runs out', async () => {
    await using upstream = await startUpstream(() => ({ fault: 'hang' }))
    const sender = createSend()
    const sent = failureOf(sender.send(request(upstream.baseUrl, 'POST')))
    await sender.close(20)
    expect(await sent).toMatchObject({ kind: 'unavailable', applied: 'unknown' })
  })
})

describe('what is told of a call', () => {
  test('operation, target, status, request id and duration; no query, header or body', async () => {
    const events: CallEvent[] = []
    await using upstream = await startUpstream(() => ({ ...ok, headers: { requestid: 'r7' } }))
    await using sender = createSend({ observe: (event) => events.push(event) })
    await sender.send(request(`${upstream.baseUrl}/v2/pots?token=${key}`, 'POST'))
    expect(events).toEqual([
      {
        operation: 'tryIt',
        method: 'POST',
        target: `${upstream.baseUrl}/v2/pots`,
        status: 200,
        requestId: 'r7',
        durationMs: expect.any(Number),
        failure: null,
      },
    ])
  })

  test('why a call failed', async () => {
    const events: CallEvent[] = []
    await using upstream = await startUpstream(() => ({ fault: 'drop' }))
    await using sender = createSend({ observe: (event) => events.push(event) })
    await failureOf(sender.send(request(upstream.baseUrl)))
    expect(events).toMatchObject([
      { status: null, requestId: null, failure: expect.stringContaining('broke') },
    ])
  })
})
