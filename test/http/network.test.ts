import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { AddressSet } from '../../src/cluster/address-set.ts'
import { clientAddress } from '../../src/http/client-address.ts'
import { entriesOf, type Harness, openHarness, zillizCluster } from './harness.ts'
import { serve } from './served.ts'

const network = { allowLoopbackUpstreams: false, version: '0.0.0-test', authFailuresPerMinute: 30 }
const trusted = new AddressSet(['127.0.0.0/8', '10.0.0.0/8', '2001:db8:1::/48'])

describe('where a request comes from', () => {
  test.each([
    ['nobody is trusted', '10.0.0.1', '203.0.113.9', undefined, '10.0.0.1'],
    ['the peer is not trusted', '198.51.100.7', '203.0.113.9', trusted, '198.51.100.7'],
    ['one proxy', '10.0.0.1', '203.0.113.9', trusted, '203.0.113.9'],
    [
      'what the caller made up stands to the left',
      '10.0.0.1',
      '1.1.1.1, 203.0.113.9',
      trusted,
      '203.0.113.9',
    ],
    ['two proxies', '10.0.0.1', '1.1.1.1, 203.0.113.9, 10.0.0.2', trusted, '203.0.113.9'],
    ['from within', '10.0.0.1', '10.0.0.9', trusted, '10.0.0.9'],
    ['no header', '10.0.0.1', undefined, trusted, '10.0.0.1'],
    ['nonsense', '10.0.0.1', '203.0.113.9, <script>', trusted, '10.0.0.1'],
    ['nonsense behind a proxy', '10.0.0.1', 'unknown, 10.0.0.2', trusted, '10.0.0.2'],
    ['with a port', '10.0.0.1', '203.0.113.9:4711', trusted, '203.0.113.9'],
    ['IPv6', '2001:db8:1::1', '2001:db8:2::9', trusted, '2001:db8:2::9'],
    ['IPv6 with a port', '10.0.0.1', '[2001:db8:2::9]:4711', trusted, '2001:db8:2::9'],
    ['a socket of both families', '::ffff:10.0.0.1', '::ffff:203.0.113.9', trusted, '203.0.113.9'],
  ])('%s', (_, peer, forwardedFor, proxies, expected) => {
    expect(clientAddress(peer, forwardedFor, proxies)).toBe(expected)
  })

  test('the audit entry has it', async () => {
    for (const [trustedProxies, ip] of [
      [trusted, '203.0.113.9'],
      [new AddressSet(['192.0.2.1']), '127.0.0.1'],
    ] as const) {
      await using served = await serve({ config: { ...network, trustedProxies } })
      const headers = {
        authorization: `Bearer ${served.harness.admin}`,
        'content-type': 'application/json',
        'x-forwarded-for': '6.6.6.6, 203.0.113.9',
        forwarded: 'for=7.7.7.7',
      }
      const body = JSON.stringify(zillizCluster)
      const answer = await call(served.port, 'POST /clusters', headers, body)
      expect(answer.status).toBe(202)
      const [entry] = await entriesOf(served.harness, 'cluster.create')
      expect(entry?.context).toMatchObject({ ip })
    }
  })
})

interface Raw {
  status: number | undefined
  headers: Record<string, unknown>
}

/** Not by `fetch`, which keeps some headers to itself. */
function call(port: number, line: string, headers: Record<string, string>, body = ''): Promise<Raw> {
  const [method = '', path = ''] = line.split(' ')
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers }, async (response) => {
      await text(response)
      resolve({ status: response.statusCode, headers: response.headers })
    })
    sent.on('error', reject).end(body)
  })
}

describe('Strict-Transport-Security', () => {
  test.each([
    ['is sent when a trusted proxy ended TLS', trusted, 'https', 'max-age=31536000'],
    ['is not sent when it did not', trusted, 'http', undefined],
    ['is not sent when nobody says', trusted, '', undefined],
    ['is not sent on the word of a stranger', new AddressSet(['192.0.2.1']), 'https', undefined],
  ])('%s', async (_, trustedProxies, proto, expected) => {
    await using served = await serve({ config: { ...network, trustedProxies } })
    const answer = await call(served.port, 'GET /healthz', proto === '' ? {} : { 'x-forwarded-proto': proto })
    expect(answer.headers['strict-transport-security']).toBe(expected)
  })

  test('is not sent where no proxy is trusted', async () => {
    await using served = await serve()
    const answer = await call(served.port, 'GET /healthz', { 'x-forwarded-proto': 'https' })
    expect(answer.headers).not.toHaveProperty('strict-transport-security')
  })
})

describe('every answer', () => {
  const lines = [
    'GET /clusters',
    'GET /clusters/nothing',
    'POST /clusters',
    'PATCH /healthz',
    'OPTIONS /clusters',
    'GET /nowhere',
    'GET /healthz',
    'GET /openapi.json',
    'GET /docs',
    'GET /problems/not-found',
    'GET /',
  ]

  test.each(lines)('%s has the headers that keep a browser from using it otherwise', async (line) => {
    await using harness = await openHarness()
    const { headers } = await harness.send(line)
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': expect.anything(),
      'x-request-id': expect.anything(),
    })
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
  })
})

test.each(['GET /docs', 'GET /problems/not-found'])('%s may do nothing but be read', async (line) => {
  await using harness = await openHarness()
  const { headers } = await harness.send(line, { key: null })
  expect(headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-[^']+'$/,
  )
  expect(headers.get('permissions-policy')).toContain('camera=()')
})

describe('CORS', () => {
  const page = 'https://console.example.com'
  const config = { ...network, corsOrigins: new Set([page]) }
  const asking = { origin: page, 'access-control-request-method': 'PATCH' }

  async function corsHeaders(harness: Harness, line: string, headers: Record<string, string>) {
    const answer = await harness.send(line, { key: null, headers })
    const cors = [...answer.headers].filter(([name]) => name.startsWith('access-control-'))
    return { status: answer.status, vary: answer.headers.get('vary'), cors: Object.fromEntries(cors) }
  }

  test('is off unless it is set', async () => {
    await using harness = await openHarness()
    for (const line of ['GET /healthz', 'OPTIONS /clusters/{id}']) {
      expect(await corsHeaders(harness, line, asking)).toMatchObject({ vary: null, cors: {} })
    }
  })

  test('a preflight of an allowed origin is answered', async () => {
    await using harness = await openHarness({ config })
    expect(await corsHeaders(harness, 'OPTIONS /clusters/clu_x', asking)).toEqual({
      status: 204,
      vary: 'Access-Control-Request-Method, Access-Control-Request-Headers, Origin',
      cors: {
        'access-control-allow-origin': page,
        'access-control-allow-methods': 'GET, PATCH, DELETE, HEAD',
        'access-control-allow-headers': '*, Authorization',
        'access-control-expose-headers': '*',
        'access-control-max-age': '600',
      },
    })
  })

  test('answers tell an allowed origin, refusals too, and never allow credentials', async () => {
    await using harness = await openHarness({ config })
    for (const line of ['GET /healthz', 'GET /clusters', 'GET /nowhere']) {
      expect(await corsHeaders(harness, line, { origin: page })).toMatchObject({
        vary: 'Origin',
        cors: { 'access-control-allow-origin': page, 'access-control-expose-headers': '*' },
      })
    }
  })

  test.each([
    'https://evil.example',
    'http://console.example.com',
    'https://console.example.com:444',
    'null',
  ])('a page of %s is told nothing', async (origin) => {
    await using harness = await openHarness({ config })
    expect(await corsHeaders(harness, 'GET /healthz', { origin })).toMatchObject({ vary: 'Origin', cors: {} })
    const preflight = await corsHeaders(harness, 'OPTIONS /clusters', { ...asking, origin })
    expect(preflight).toMatchObject({ status: 405, cors: {} })
  })
})
