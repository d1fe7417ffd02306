import { describe, expect, test } from 'vitest'
import { SecretValues } from '../../src/vault/secret-values.ts'
import { openHarness, zillizCluster } from './harness.ts'

describe('problem documents', () => {
  test('say what is wrong in the form of RFC 9457, and their type opens', async () => {
    await using harness = await openHarness()
    const { status, json, headers } = await harness.send('GET /clusters/nothing', {
      headers: { 'x-request-id': 'r-1' },
    })
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(json).toEqual({
      type: '/problems/not-found',
      title: 'There is no such thing',
      status,
      detail: 'There is no such cluster.',
      instance: '/clusters/nothing',
      code: 'not-found',
      requestId: 'r-1',
      retryable: false,
    })
    const page = await harness.send(`GET ${json.type}`, { key: null })
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  })

  test('404 for a path that there is not', async () => {
    await using harness = await openHarness()
    for (const path of ['/nothing', '/clusters/', '/v1/clusters', '/problems/nothing', '/%E0%A4%A', '//']) {
      const { status, json } = await harness.send(`GET ${path}`)
      expect([path, status, json.code]).toEqual([path, 404, 'not-found'])
    }
  })

  test('405 with Allow for a path that there is', async () => {
    await using harness = await openHarness()
    const { status, json, headers } = await harness.send('PUT /clusters')
    expect([status, json.code, headers.get('allow')]).toEqual([405, 'method-not-allowed', 'POST, GET, HEAD'])
    expect((await harness.send('POST /healthz')).headers.get('allow')).toBe('GET, HEAD')
    expect((await harness.send('OPTIONS /clusters/x')).status).toBe(405)
  })
})

describe('bodies', () => {
  test.each([
    ['empty', '', 400, 'invalid-request'],
    ['no JSON', '{"name":', 400, 'malformed-json'],
    ['no object', '[1]', 400, 'invalid-request'],
    ['null', 'null', 400, 'invalid-request'],
    ['a number', '1e999', 400, 'invalid-request'],
    ['too deep', `{"provider":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 400, 'invalid-request'],
    ['__proto__', '{"provider":"zilliz","__proto__":{"name":"x"}}', 400, 'invalid-request'],
    ['too large', `"${'x'.repeat(256 * 1024)}"`, 413, 'body-too-large'],
  ])('%s', async (_, body, status, code) => {
    await using harness = await openHarness()
    const answer = await harness.send('POST /clusters', { body })
    expect([answer.status, answer.json.code]).toEqual([status, code])
  })

  test('the largest that is taken', async () => {
    await using harness = await openHarness()
    const body = `{${' '.repeat(256 * 1024 - 2)}}`
    expect((await harness.send('POST /clusters', { body })).status).toBe(400)
  })

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'application/merge-patch+json',
    '',
  ])('415 for a create sent as %j', async (type) => {
    await using harness = await openHarness()
    const sent = { body: zillizCluster, headers: { 'content-type': type } }
    const { status, json, headers } = await harness.send('POST /clusters', sent)
    expect([status, json.code, headers.get('accept')]).toEqual([
      415,
      'unsupported-media-type',
      'application/json',
    ])
  })

  test('the parser does not quote what it could not read', async () => {
    await using harness = await openHarness()
    const { text } = await harness.send('POST /connections', { body: '{"apiKey": secret-in-a-broken-body }' })
    expect(text).not.toContain('secret')
  })
})

describe('headers', () => {
  test.each(['abc', 'A-b_c.d:e', 'x'.repeat(128)])('X-Request-Id %s is taken', async (id) => {
    await using harness = await openHarness()
    const { headers } = await harness.send('GET /whoami', { headers: { 'x-request-id': id } })
    expect(headers.get('x-request-id')).toBe(id)
  })

  test.each(['', 'a b', 'x'.repeat(129), '"', 'é'])('X-Request-Id %j is replaced', async (id) => {
    await using harness = await openHarness()
    const { headers } = await harness.send('GET /nothing', { headers: { 'x-request-id': id } })
    expect(headers.get('x-request-id')).toMatch(/^req_/)
  })

  test('nothing that needs a key and has no ETag is kept by caches', async () => {
    await using harness = await openHarness()
    const { headers } = await harness.send('GET /connections')
    expect([headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual([
      'no-store',
      'nosniff',
    ])
  })

  test('what has an ETag is kept by no shared cache, and asked for again each time', async () => {
    await using harness = await openHarness()
    const { headers } = await harness.send('GET /clusters')
    expect(headers.get('cache-control')).toBe('private, no-cache')
  })

  test('a Reason of more than 512 characters is refused', async () => {
    await using harness = await openHarness()
    const sent = { body: zillizCluster, headers: { reason: 'x'.repeat(513) } }
    expect((await harness.send('POST /clusters', sent)).json.errors).toMatchObject([
      { pointer: 'header/Reason' },
    ])
  })
})

describe('the access log', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736'

  test('one line a request: what, who, how it went; never the query', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    harness.logLines.length = 0
    const headers = { 'x-request-id': 'r-1', traceparent: `00-${trace}-00f067aa0ba902b7-01` }
    const { text } = await harness.send(`GET /clusters/${id}`, { headers })
    await harness.send('GET /clusters?name=hush', { headers: { traceparent: 'nonsense' } })
    const [first, second] = harness.logLines.map((line) => JSON.parse(line))
    expect(first).toMatchObject({
      level: 'info',
      method: 'GET',
      route: '/clusters/{id}',
      path: `/clusters/${id}`,
      status: 200,
      requestId: 'r-1',
      traceId: trace,
      bytes: text.length,
    })
    expect([first.actor, first.durationMs >= 0]).toEqual([expect.stringMatching(/^key_/), true])
    expect(second).not.toHaveProperty('traceId')
    expect(harness.logLines.join('')).not.toContain('hush')
  })

  test('a secret in a path or a trace id is in no line, nor in the answer, however the path is decoded', async () => {
    const key = '^$6ZA=Zuyev%qzbp/abc'
    const traceId = 'f00dfeedf00dfeedf00dfeedf00dfeed'
    const secrets = new SecretValues([key, traceId])
    await using harness = await openHarness({ scrub: (text) => secrets.scrub(text) })
    const { status, json } = await harness.send(`GET /clusters/${encodeURIComponent(key)}`, {
      headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    })
    expect([status, json.instance]).toEqual([404, '/clusters/[redacted]'])
    const line = harness.logLines.map((text) => JSON.parse(text)).findLast(({ msg }) => msg === 'request')
    expect(line).toMatchObject({ path: '/clusters/[redacted]', traceId: '[redacted]' })
  })

  test('health is asked often, and logged at debug level', async () => {
    await using harness = await openHarness()
    harness.logLines.length = 0
    await harness.send('GET /healthz', { key: null })
    await harness.send('GET /readyz', { key: null })
    expect(harness.logLines.map((line) => JSON.parse(line).level)).toEqual(['debug', 'debug'])
  })
})

describe('health', () => {
  test('readyz: 503 while the process is not ready, or stops', async () => {
    const state = { ready: false, checks: { reconciler: 'starting' } }
    await using harness = await openHarness({ readiness: () => state })
    const early = await harness.send('GET /readyz', { key: null })
    expect([early.status, early.json]).toEqual([
      503,
      { ready: false, checks: { store: 'ok', reconciler: 'starting' } },
    ])
    state.ready = true
    expect((await harness.send('GET /readyz', { key: null })).status).toBe(200)
    harness.stopping.abort()
    expect((await harness.send('GET /readyz', { key: null })).status).toBe(503)
    expect((await harness.send('GET /healthz', { key: null })).status).toBe(200)
  })
})
