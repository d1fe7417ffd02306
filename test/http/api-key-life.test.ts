import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { describe, expect, test } from 'vitest'
import { hashApiKey } from '../../src/http/api-key-text.ts'
import { ensureApiKey } from '../../src/store/api-keys.ts'
import { entriesOf, type Harness, openHarness, startTime } from './harness.ts'

async function made(harness: Harness, given: object = {}): Promise<{ id: string; key: string }> {
  const { json } = await harness.send('POST /api-keys', {
    body: { role: 'viewer', team: 'search', ...given },
  })
  return { id: String(json.id), key: String(json.key) }
}

async function statusOf(harness: Harness, key: string): Promise<number> {
  return (await harness.send('GET /whoami', { key })).status
}

describe('rotate', () => {
  test('200: the new text once; the one before opens as long as was said', async () => {
    await using harness = await openHarness()
    const { id, key } = await made(harness)
    const { status, json } = await harness.send(`POST /api-keys/${id}/rotate`, {
      body: { overlapSeconds: 60 },
    })
    const next = String(json.key)
    expect([status, json]).toMatchObject([
      200,
      { id, role: 'viewer', rotateTime: '2026-03-01T09:30:00.000Z' },
    ])
    expect(next).not.toBe(key)
    expect([await statusOf(harness, key), await statusOf(harness, next)]).toEqual([200, 200])
    harness.clock.time += 60_000
    expect([await statusOf(harness, key), await statusOf(harness, next)]).toEqual([401, 200])
    const entries = await entriesOf(harness, 'key.rotate')
    expect(entries).toMatchObject([{ outcome: 'SUCCESS', team: 'search', targets: [{ id }] }])
    const again = await harness.send(`GET /api-keys/${id}`)
    for (const shown of [JSON.stringify(entries), again.text, harness.logLines.join('')]) {
      for (const text of [key, next]) expect(shown).not.toContain(text)
    }
    expect(harness.hidden).toContain(next)
  })

  test('without a body there are four hours; 0 ends the former text at once', async () => {
    await using harness = await openHarness()
    const { id, key } = await made(harness)
    const first = await harness.send(`POST /api-keys/${id}/rotate`)
    harness.clock.time += 4 * 3600_000 - 1
    expect(await statusOf(harness, key)).toBe(200)
    const second = await harness.send(`POST /api-keys/${id}/rotate`, { body: { overlapSeconds: 0 } })
    const [former, latest] = [String(first.json.key), String(second.json.key)]
    expect([await statusOf(harness, former), await statusOf(harness, latest)]).toEqual([401, 200])
    expect(await statusOf(harness, key)).toBe(200)
    harness.clock.time += 1
    expect(await statusOf(harness, key)).toBe(401)
  })

  test('a repeat by Idempotency-Key rotates nothing, and tells no text', async () => {
    await using harness = await openHarness()
    const { id, key } = await made(harness)
    const headers = { 'idempotency-key': 'rotate-1' }
    const first = await harness.send(`POST /api-keys/${id}/rotate`, { headers, body: {} })
    const again = await harness.send(`POST /api-keys/${id}/rotate`, { headers, body: {} })
    expect([again.status, again.headers.get('idempotent-replayed'), again.json.key]).toEqual([
      200,
      'true',
      undefined,
    ])
    expect([await statusOf(harness, key), await statusOf(harness, String(first.json.key))]).toEqual([
      200, 200,
    ])
  })

  test('a key that the environment names is not brought back by the next start once it was rotated away', async () => {
    await using harness = await openHarness()
    const { id, key } = await made(harness)
    await harness.send(`POST /api-keys/${id}/rotate`, { body: { overlapSeconds: 0 } })
    const actor = { type: 'system', id: 'operator', displayName: 'start', authMethod: 'internal' } as const
    const context = { ip: null, userAgent: null, interface: 'cli' } as const
    const named = {
      id,
      displayName: 'start',
      scopes: [{ role: 'admin' as const, team: '*' }],
      expireTime: null,
    }
    const mutation = { who: { actor, requestId: 'r', context } }
    await ensureApiKey(harness.store, mutation, { ...named, hash: hashApiKey(key) })
    expect(await statusOf(harness, key)).toBe(401)
  })

  test('a revoked key is revoked in all its texts', async () => {
    await using harness = await openHarness()
    const { id, key } = await made(harness)
    const { json } = await harness.send(`POST /api-keys/${id}/rotate`)
    expect(await statusOf(harness, key)).toBe(200)
    await harness.send(`DELETE /api-keys/${id}`)
    expect([await statusOf(harness, key), await statusOf(harness, String(json.key))]).toEqual([401, 401])
    expect((await harness.send(`POST /api-keys/${id}/rotate`)).json.code).toBe('key-ended')
  })

  test.each([-1, 1.5, 604_801, '60'])('400: an overlap of %j', async (overlapSeconds) => {
    await using harness = await openHarness()
    const { id, key } = await made(harness)
    const { status } = await harness.send(`POST /api-keys/${id}/rotate`, { body: { overlapSeconds } })
    expect([status, await statusOf(harness, key)]).toEqual([400, 200])
  })
})

describe('last use', () => {
  /** What was written in the background before this has been written. */
  const settled = (harness: Harness) => harness.store.write(async () => {})

  test('is true to the minute, and no entry of the audit log', async () => {
    await using harness = await openHarness()
    const { id, key } = await made(harness)
    const lastUsed = async () => {
      await settled(harness)
      return (await harness.send(`GET /api-keys/${id}`)).json.lastUsedTime
    }
    expect(await lastUsed()).toBeNull()
    const before = (await harness.send('GET /audit-entries?count=true')).json.totalSize
    await statusOf(harness, key)
    expect(await lastUsed()).toBe('2026-03-01T09:30:00.000Z')
    harness.clock.time += 59_999
    await statusOf(harness, key)
    expect(await lastUsed()).toBe('2026-03-01T09:30:00.000Z')
    harness.clock.time += 1
    await statusOf(harness, key)
    expect(await lastUsed()).toBe('2026-03-01T09:31:00.000Z')
    // The first count is an entry itself.
    expect((await harness.send('GET /audit-entries?count=true')).json.totalSize).toBe(Number(before) + 1)
  })

  test('tells from where', async () => {
    await using served = await serve()
    const { harness, url } = served
    const { id, key } = await made(harness)
    await fetch(`${url}/whoami`, { headers: { authorization: `Bearer ${key}` } })
    await settled(harness)
    expect((await harness.send(`GET /api-keys/${id}`)).json.lastUsedIp).toBe('127.0.0.1')
  })
})

describe('on behalf of', () => {
  const headers = { 'on-behalf-of': 'jane@example.com' }
  const person = { type: 'user', id: 'jane@example.com', displayName: 'jane@example.com' }

  test('a key that may name the person: beside the actor, and with no more rights', async () => {
    await using harness = await openHarness()
    const { id, key } = await made(harness, { role: 'operator', allowOnBehalfOf: true })
    expect((await harness.send('GET /whoami', { key, headers })).json).toMatchObject({
      actor: { id },
      onBehalfOf: person,
      role: 'operator',
    })
    const answer = await harness.send('POST /clusters', {
      key,
      headers,
      body: {
        provider: 'zilliz',
        connection: 'zilliz-prod',
        name: 'for-jane',
        region: 'gcp-us-west1',
        spec: { plan: 'SERVERLESS', projectId: 'proj-0123456789abcdef012345' },
      },
    })
    expect(answer.status).toBe(202)
    expect(
      (await harness.send('PUT /admin/freeze', { key, headers, body: { frozen: true, reason: 'r' } })).status,
    ).toBe(403)
    for (const action of ['cluster.create', 'gateway.freeze']) {
      expect(await entriesOf(harness, action)).toMatchObject([{ actor: { id }, onBehalfOf: person }])
    }
    const plain = await harness.send('GET /whoami', { key })
    expect(plain.json.onBehalfOf).toBeUndefined()
  })

  test('403: any other caller, recorded without the person that it made up', async () => {
    await using harness = await openHarness()
    const { id, key } = await made(harness)
    expect((await harness.send('GET /clusters', { key, headers })).json.code).toBe('forbidden')
    const [entry] = await entriesOf(harness, 'cluster.read')
    expect(entry).toMatchObject({ outcome: 'DENIED', actor: { id } })
    expect(entry?.onBehalfOf).toBeUndefined()
    expect((await harness.send('GET /clusters', { headers })).status).toBe(403)
  })

  test.each([' ', 'x'.repeat(201), 'j\u00e4ne'])('400: the name %j', async (name) => {
    await using harness = await openHarness()
    const { key } = await made(harness, { allowOnBehalfOf: true })
    const { status, json } = await harness.send('GET /whoami', { key, headers: { 'on-behalf-of': name } })
    expect([status, json.errors]).toMatchObject([400, [{ pointer: 'header/On-Behalf-Of' }]])
  })

  test('what was done for one person is not answered to another', async () => {
    await using harness = await openHarness()
    const { key } = await made(harness, { role: 'admin', allowOnBehalfOf: true })
    const send = (person: string) =>
      harness.send('POST /api-keys', {
        key,
        headers: { 'on-behalf-of': person, 'idempotency-key': 'one' },
        body: { role: 'viewer', team: 'search' },
      })
    const [first, again, other] = [await send('jane'), await send('jane'), await send('joe')]
    expect(again.json.id).toBe(first.json.id)
    expect(other.json.id).not.toBe(first.json.id)
  })
})

describe('failed authentications', () => {
  const limit = 3
  const config = { allowLoopbackUpstreams: false, version: '0', authFailuresPerMinute: limit }

  test('429 past the limit, for failures alone, with one entry for the address', async () => {
    await using served = await serve(config)
    const { harness, url } = served
    const ask = (key: string) => fetch(`${url}/whoami`, { headers: { authorization: `Bearer ${key}` } })
    const guesses = []
    for (let i = 0; i < limit + 3; i++) guesses.push(await ask(`guess-${i}`))
    expect(guesses.map(({ status }) => status)).toEqual([401, 401, 401, 429, 429, 429])
    const { headers } = guesses.at(-1) ?? new Response()
    expect(['retry-after', 'ratelimit-policy', 'ratelimit'].map((name) => headers.get(name))).toEqual([
      '60',
      '"auth-failures";q=3;w=60',
      '"auth-failures";r=0;t=60',
    ])
    expect((await ask(harness.admin)).status).toBe(200)
    expect(await entriesOf(harness, 'self.read')).toHaveLength(limit)
    expect(await entriesOf(harness, 'auth.blocked')).toMatchObject([
      { outcome: 'DENIED', actor: { type: 'anonymous' }, context: { ip: '127.0.0.1' } },
    ])
    harness.clock.time += 60_000
    expect((await ask('guess')).status).toBe(401)
  })

  test('a request without any key counts too: else it could fill the log', async () => {
    await using served = await serve(config)
    const statuses = []
    for (let i = 0; i < limit + 1; i++)
      statuses.push((await fetch(`${served.url}/clusters`, { method: 'POST' })).status)
    expect(statuses).toEqual([401, 401, 401, 429])
    expect(await entriesOf(served.harness, 'cluster.create')).toHaveLength(limit)
  })
})

interface Served extends AsyncDisposable {
  harness: Harness
  url: string
}

/** The app behind a real socket, with a clock that stands. */
async function serve(config?: Harness['deps']['config']): Promise<Served> {
  const harness = await openHarness(config ? { config } : {})
  expect(harness.clock.time).toBe(startTime)
  const server = createAdaptorServer({ fetch: harness.app.fetch }) as Server
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    harness,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await harness[Symbol.asyncDispose]()
    },
  }
}
