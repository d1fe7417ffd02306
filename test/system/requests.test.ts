import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { Client, listIn } from './client.ts'
import { Serving } from './serve.ts'
import { FakeZilliz, projectId } from './upstream/fake-zilliz.ts'

let upstream: FakeZilliz
let serving: Serving
let operator: Client

beforeAll(async () => {
  upstream = await new FakeZilliz('key-of-the-asked').listen()
  serving = await Serving.start()
  const settings = { baseUrl: upstream.url }
  const body = { name: 'zilliz', provider: 'zilliz', apiKey: upstream.key, settings }
  await serving.client.expect(201, 'POST /connections', { body })
  const { key } = await serving.client.expect(201, 'POST /api-keys', {
    body: { role: 'operator', team: 'search' },
  })
  operator = new Client(serving.client.url, String(key))
})
afterAll(async () => {
  await serving[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

const spec = { plan: 'SERVERLESS', projectId }
const order = { provider: 'zilliz', name: 'search', region: 'gcp-us-west1', spec }
const text = JSON.stringify(order)
const jsonType = { 'content-type': 'application/json' }

/** What a chunked body brings, whose length nobody is told beforehand. */
function* endlessSpaces() {
  for (;;) yield Buffer.alloc(64 * 1024, ' ')
}

interface Bad {
  what: string
  status: number
  code: string
  sent: RequestInit & { path?: string; duplex?: 'half' }
  pointers?: string[]
}

const bad: Bad[] = [
  { what: 'JSON cut short', status: 400, code: 'malformed-json', sent: { body: text.slice(0, -1) } },
  { what: 'no JSON', status: 400, code: 'malformed-json', sent: { body: 'name=search' } },
  { what: 'no UTF-8', status: 400, code: 'malformed-json', sent: { body: Buffer.from([0x7b, 0xff, 0x7d]) } },
  { what: 'nothing', status: 400, code: 'invalid-request', sent: {}, pointers: [''] },
  { what: 'a list', status: 400, code: 'invalid-request', sent: { body: `[${text}]` }, pointers: [''] },
  {
    what: 'a form',
    status: 415,
    code: 'unsupported-media-type',
    sent: { body: text, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
  },
  {
    what: 'a large body',
    status: 413,
    code: 'body-too-large',
    sent: { body: JSON.stringify({ ...order, displayName: 'x'.repeat(256 * 1024) }) },
  },
  {
    what: 'a body without an end',
    status: 413,
    code: 'body-too-large',
    sent: { body: ReadableStream.from(endlessSpaces()), duplex: 'half' },
  },
  {
    what: 'fields that there are not, and wrong ones',
    status: 400,
    code: 'invalid-request',
    sent: { body: JSON.stringify({ ...order, name: 'no name', spec: { ...spec, plan: 'GRATIS' }, size: 1 }) },
    pointers: ['/name', '/size', '/spec/plan'],
  },
  {
    what: 'a name that the provider would refuse',
    status: 400,
    code: 'invalid-request',
    sent: { body: JSON.stringify({ ...order, name: 'n'.repeat(33) }) },
    pointers: ['/name'],
  },
  {
    what: 'a query that there is not',
    status: 400,
    code: 'invalid-request',
    sent: { body: text, path: '/clusters?validateonly=true' },
    pointers: ['query/validateonly'],
  },
  {
    what: 'a team that is not the caller’s',
    status: 403,
    code: 'forbidden',
    sent: { body: JSON.stringify({ ...order, team: 'ml' }) },
  },
]

describe('a create of which the request is', () => {
  it.each(bad)(
    '$what is refused with $status and changes nothing',
    async ({ status, code, sent, pointers }) => {
      const { path = '/clusters', headers, ...rest } = sent
      const response = await fetch(operator.url + path, {
        method: 'POST',
        ...rest,
        headers: { authorization: `Bearer ${operator.key}`, ...jsonType, ...headers },
      })
      const problem = (await response.json()) as JsonObject
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      expect(problem).toMatchObject({
        type: `/problems/${code}`,
        title: expect.any(String),
        status,
        detail: expect.any(String),
        instance: '/clusters',
        code,
        requestId: response.headers.get('x-request-id'),
        retryable: false,
      })
      const found = listIn(problem, 'errors').map(({ pointer }) => pointer)
      expect(found.sort()).toEqual(pointers ?? [])
      expect((await fetch(`${operator.url}${problem.type}`)).status).toBe(200)
      expect(await operator.all('/clusters', 'clusters')).toEqual([])
      expect(upstream.changes).toEqual([])
      const [entry] = await serving.client.all(
        `/audit-entries?requestId=${problem.requestId}`,
        'auditEntries',
      )
      const outcome = status === 403 ? 'DENIED' : 'FAILURE'
      expect(entry).toMatchObject({ action: 'cluster.create', outcome, team: 'search', changes: [] })
    },
  )
})

describe('a request that is right', () => {
  it('is answered before the provider is asked, and is carried out once however often it comes', async () => {
    const held = Promise.withResolvers<void>()
    upstream.intercept = async (_request, answer) => {
      await held.promise
      return answer()
    }
    const sent = { body: order, headers: { 'idempotency-key': '"the-one"' } }
    const answers = await Promise.all(Array.from({ length: 5 }, () => operator.send('POST /clusters', sent)))
    expect(new Set(answers.map(({ status, json }) => `${status} ${json.id} ${json.state}`)).size).toBe(1)
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(4)
    const other = await operator.send('POST /clusters', { ...sent, body: { ...order, name: 'other' } })
    expect([other.status, other.json.code]).toEqual([422, 'idempotency-key-reused'])
    held.resolve()
    const id = String(answers[0]?.json.id)
    await operator.until(id, ({ state }) => state === 'READY')
    expect(upstream.changes).toHaveLength(1)
  })

  it('to a path or by a method that there is not is told so', async () => {
    const unknown = await operator.send('GET /cluster')
    expect([unknown.status, unknown.json.code]).toEqual([404, 'not-found'])
    const method = await operator.send('PUT /clusters')
    expect([method.status, method.headers.get('allow')]).toEqual([405, 'POST, GET, HEAD'])
    const stranger = await new Client(operator.url, 'cgk_nobody').send('GET /clusters')
    expect([stranger.status, stranger.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="clustergate", error="invalid_token"',
    ])
  })
})
