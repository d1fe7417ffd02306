import { describe, expect, test } from 'vitest'
import { hashApiKey } from '../../src/http/api-key-text.ts'
import { entriesOf, openHarness } from './harness.ts'

describe('200', () => {
  test('the cluster, with its ETag', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    const { status, json, headers } = await harness.send(`GET /clusters/${id}`)
    expect([status, json.id, headers.get('etag')]).toEqual([200, id, json.etag])
    expect(headers.get('cache-control')).toBe('private, no-cache')
  })

  test('HEAD tells the same without a body', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    const { status, text, headers } = await harness.send(`HEAD /clusters/${id}`)
    expect([status, text, headers.get('etag')]).toEqual([200, '', '"1"'])
    const whole = await harness.send(`GET /clusters/${id}`)
    const length = `${Buffer.byteLength(whole.text)}`
    expect([headers, whole.headers].map((of) => of.get('content-length'))).toEqual([length, length])
  })

  test('another ETag than the one known', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    await harness.settle(id)
    const { status, headers } = await harness.send(`GET /clusters/${id}`, {
      headers: { 'if-none-match': '"1"' },
    })
    expect([status, headers.get('etag')]).toEqual([200, '"2"'])
  })
})

describe('304', () => {
  test.each(['"1"', 'W/"1"', '"0", "1"', '*'])('If-None-Match: %s', async (tag) => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    const { status, text, headers } = await harness.send(`GET /clusters/${id}`, {
      headers: { 'if-none-match': tag },
    })
    expect([status, text, headers.get('etag')]).toEqual([304, '', '"1"'])
  })
})

describe('404', () => {
  test("another team's cluster reads like none at all", async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    const key = await harness.makeKey('viewer', 'ml')
    const hidden = await harness.send(`GET /clusters/${id}`, { key })
    const none = await harness.send(`GET /clusters/${id.slice(0, -3)}000`, { key })
    expect([hidden.status, none.status]).toEqual([404, 404])
    expect(hidden.json.detail).toBe(`There is no cluster ${id}.`)
    expect(none.json.detail).toBe(`There is no cluster ${id.slice(0, -3)}000.`)
  })

  test.each([
    ['admin', '*'],
    ['viewer', 'search'],
  ] as const)(
    'the hash by which the key of the %s of %s was found just now finds no cluster',
    async (role, team) => {
      await using harness = await openHarness()
      const key = await harness.makeKey(role, team)
      expect((await harness.send('GET /whoami', { key })).status).toBe(200)
      const { status, json } = await harness.send(`GET /clusters/${hashApiKey(key)}`, { key })
      expect([status, json.detail]).toEqual([404, 'There is no such cluster.'])
      expect(await entriesOf(harness, 'cluster.read')).toEqual([])
    },
  )

  test('what is no id is not repeated', async () => {
    await using harness = await openHarness()
    const { status, json } = await harness.send('GET /clusters/%3Cscript%3E')
    expect([status, json.detail]).toEqual([404, 'There is no such cluster.'])
  })
})
