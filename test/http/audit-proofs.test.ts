import { describe, expect, test } from 'vitest'
import { leafHashOf, readVerifierKey, verifyCheckpoints, verifyEntry } from '../../src/audit/verifier.mjs'
import type { JsonObject } from '../../src/cluster/json.ts'
import { type Answered, type Harness, openHarness, zillizCluster } from './harness.ts'

function receiptOf({ headers }: Answered) {
  return { entry: headers.get('audit-entry') ?? '', digest: headers.get('audit-digest') ?? '' }
}

/** The receipt's entry as the API gives it, after its digest was compared with those very bytes. */
async function entryOf(harness: Harness, answer: Answered): Promise<JsonObject> {
  const { entry, digest } = receiptOf(answer)
  const { text, json } = await harness.send(`GET /audit-entries/${entry}`)
  expect(digest).toBe(`sha-256=${leafHashOf(text).toString('base64')}`)
  return json
}

async function keysOf(harness: Harness) {
  const { json } = await harness.send('GET /audit-checkpoints/keys')
  return (json.keys as string[]).map(readVerifierKey)
}

describe('a receipt', () => {
  test('is given for a change, and is the leaf hash of what the entry reads as', async () => {
    await using harness = await openHarness()
    const answer = await harness.send('POST /clusters', { body: zillizCluster })
    expect(await entryOf(harness, answer)).toMatchObject({
      action: 'cluster.create',
      targets: [{ id: answer.json.id }],
    })
  })

  test('is given for a refusal that is written down', async () => {
    await using harness = await openHarness()
    const taken = await harness.makeCluster()
    const conflict = await harness.send('POST /clusters', { body: zillizCluster })
    expect([taken === '', conflict.status]).toEqual([false, 409])
    expect(await entryOf(harness, conflict)).toMatchObject({ action: 'cluster.create', outcome: 'FAILURE' })
    const denied = await harness.send('GET /api-keys', { key: await harness.makeKey('viewer', '*') })
    expect(await entryOf(harness, denied)).toMatchObject({ action: 'key.read', outcome: 'DENIED' })
    const nobody = await harness.send('GET /clusters', { key: null })
    expect(await entryOf(harness, nobody)).toMatchObject({ actor: { type: 'anonymous' } })
  })

  test('is given again with the answer to a repeat', async () => {
    await using harness = await openHarness()
    const headers = { 'idempotency-key': 'once' }
    const first = await harness.send('POST /clusters', { body: zillizCluster, headers })
    const repeat = await harness.send('POST /clusters', { body: zillizCluster, headers })
    expect(repeat.headers.get('idempotent-replayed')).toBe('true')
    expect(receiptOf(repeat)).toEqual(receiptOf(first))
    expect(await entryOf(harness, repeat)).toMatchObject({ action: 'cluster.create', outcome: 'SUCCESS' })
  })

  test('names the first of several entries', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    const answer = await harness.send(`DELETE /clusters/${id}`)
    expect(await entryOf(harness, answer)).toMatchObject({ action: 'cluster.delete' })
  })

  test('is not given where nothing was written down', async () => {
    await using harness = await openHarness()
    for (const line of ['GET /clusters', 'GET /clusters/clu_nothing', 'GET /healthz']) {
      expect(receiptOf(await harness.send(line))).toEqual({ entry: '', digest: '' })
    }
    const checked = await harness.send('POST /clusters?validateOnly=true', { body: zillizCluster })
    expect([checked.status, receiptOf(checked).entry]).toEqual([200, ''])
  })
})

describe('GET /audit-entries/{id}/proof', () => {
  test('200: proves the entry, as it was read, to whoever has the key', async () => {
    await using harness = await openHarness()
    const { entry } = receiptOf(await harness.send('POST /clusters', { body: zillizCluster }))
    await harness.sequence()
    const keys = await keysOf(harness)
    const { text } = await harness.send(`GET /audit-entries/${entry}`)
    const proof = await harness.send(`GET /audit-entries/${entry}/proof`)
    const given = JSON.parse(proof.text)
    expect(verifyEntry(text, given, keys)).toMatchObject({ ok: true, entry })
    const laidOut = JSON.stringify(JSON.parse(text), null, 2)
    expect(verifyEntry(laidOut, given, keys).ok).toBe(true)
    expect(() => verifyEntry(text.replace('search', 'lab'), given, keys)).toThrow(/edited/)
    expect(() => verifyEntry(text, { ...given, leafIndex: 0 }, keys)).toThrow(/does not lead/)
  })

  test('200: waits until a new entry has its place', async () => {
    await using harness = await openHarness()
    await harness.sequence()
    const { entry } = receiptOf(await harness.send('POST /clusters', { body: zillizCluster }))
    const asked = harness.send(`GET /audit-entries/${entry}/proof`)
    await harness.sequence()
    expect((await asked).status).toBe(200)
  })

  test('200: a team is proven its own entries', async () => {
    await using harness = await openHarness()
    const { entry } = receiptOf(await harness.send('POST /clusters', { body: zillizCluster }))
    await harness.sequence()
    const key = await harness.makeKey('auditor', 'search')
    expect((await harness.send(`GET /audit-entries/${entry}/proof`, { key })).status).toBe(200)
  })

  test('404: for the entries of others and for none', async () => {
    await using harness = await openHarness()
    const { entry } = receiptOf(await harness.send('POST /clusters', { body: zillizCluster }))
    await harness.sequence()
    const key = await harness.makeKey('auditor', 'lab')
    expect((await harness.send(`GET /audit-entries/${entry}/proof`, { key })).status).toBe(404)
    expect((await harness.send('GET /audit-entries/aud_nothing/proof')).status).toBe(404)
  })

  test('503 not-yet-sequenced: and when to ask again', async () => {
    await using harness = await openHarness()
    const { entry } = receiptOf(await harness.send('POST /clusters', { body: zillizCluster }))
    // A server that stops lets nobody wait.
    harness.stopping.abort()
    const answer = await harness.send(`GET /audit-entries/${entry}/proof`)
    expect([answer.status, answer.json.code]).toEqual([503, 'not-yet-sequenced'])
    expect(answer.headers.get('retry-after')).toBe('1')
  })
})

describe('an entry that retention has removed', () => {
  test('410 pruned: its proof remains, and one team is told of none', async () => {
    await using harness = await openHarness()
    const { entry } = receiptOf(await harness.send('POST /clusters', { body: zillizCluster }))
    await harness.sequence()
    harness.clock.time += 11 * 24 * 3600_000
    await harness.sequence(10 * 24 * 3600_000)
    const gone = await harness.send(`GET /audit-entries/${entry}`)
    expect([gone.status, gone.json.code]).toEqual([410, 'pruned'])
    expect((await harness.send(`GET /audit-entries/${entry}/proof`)).status).toBe(200)
    const key = await harness.makeKey('auditor', 'search')
    for (const path of ['', '/proof']) {
      expect((await harness.send(`GET /audit-entries/${entry}${path}`, { key })).status).toBe(404)
    }
  })
})

describe('checkpoints', () => {
  test('200: two of them, and the proof that the log was only appended to', async () => {
    await using harness = await openHarness()
    await harness.sequence()
    const before = (await harness.send('GET /audit-checkpoints/latest')).text
    await harness.makeCluster()
    await harness.sequence()
    const latest = await harness.send('GET /audit-checkpoints/latest')
    expect(latest.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    const [from, to] = [before, latest.text].map((note) => note.split('\n')[1])
    const { json } = await harness.send(`GET /audit-checkpoints/consistency?from=${from}&to=${to}`)
    const hashes = json.hashes as string[]
    const keys = await keysOf(harness)
    expect(verifyCheckpoints(before, latest.text, hashes, keys).ok).toBe(true)
    expect(() => verifyCheckpoints(before, latest.text, hashes.slice(1), keys)).toThrow()
  })

  test('200: are there for an auditor of one team too', async () => {
    await using harness = await openHarness()
    await harness.sequence()
    const key = await harness.makeKey('auditor', 'search')
    for (const path of ['latest', 'keys', 'consistency']) {
      expect((await harness.send(`GET /audit-checkpoints/${path}`, { key })).status).toBe(200)
    }
  })

  test.each(['from=2&to=1', 'to=1000000', 'from=-1', 'from=1.5', 'from=x', 'size=1'])(
    '400: consistency?%s',
    async (query) => {
      await using harness = await openHarness()
      await harness.sequence()
      const answer = await harness.send(`GET /audit-checkpoints/consistency?${query}`)
      expect([answer.status, answer.json.code]).toEqual([400, 'invalid-request'])
    },
  )

  test('503: before the first', async () => {
    await using harness = await openHarness()
    const answer = await harness.send('GET /audit-checkpoints/latest')
    expect([answer.status, answer.json.code]).toEqual([503, 'not-yet-sequenced'])
  })
})
