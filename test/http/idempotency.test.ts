import { describe, expect, test } from 'vitest'
import { forgetOldAnswers, forgottenAtOnce, keepAnswer } from '../../src/store/idempotency.ts'
import { entriesOf, openHarness, startTime, zillizCluster } from './harness.ts'
import { TestIssuer } from './issuer.ts'

const keyed = (key: string) => ({ 'idempotency-key': key })

describe('the same key and the same request', () => {
  test.each(['"k1"', 'k1', ' k1 '])('is answered again and done once: %s', async (key) => {
    await using harness = await openHarness()
    const first = await harness.send('POST /clusters', { body: zillizCluster, headers: keyed('k1') })
    await harness.settle(String(first.json.id))
    const again = await harness.send('POST /clusters', { body: zillizCluster, headers: keyed(key) })
    expect([again.status, again.text]).toEqual([202, first.text])
    expect(again.headers.get('location')).toBe(first.headers.get('location'))
    expect([first, again].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true'])
    expect(await entriesOf(harness, 'cluster.create')).toHaveLength(1)
  })

  test('however its JSON is written', async () => {
    await using harness = await openHarness()
    await harness.send('POST /clusters', { body: zillizCluster, headers: keyed('k') })
    const turned = Object.fromEntries(Object.entries(zillizCluster).reverse())
    const body = JSON.stringify(turned, null, 4)
    const again = await harness.send('POST /clusters', { body, headers: keyed('k') })
    expect(again.headers.get('idempotent-replayed')).toBe('true')
  })

  test('all at once: one is done, all are told the same', async () => {
    await using harness = await openHarness()
    const sent = { body: zillizCluster, headers: keyed('k') }
    const answers = await Promise.all(Array.from({ length: 8 }, () => harness.send('POST /clusters', sent)))
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(answers.filter(({ headers }) => !headers.has('idempotent-replayed'))).toHaveLength(1)
    expect(((await harness.send('GET /clusters')).json.clusters as unknown[]).length).toBe(1)
  })

  test('on every POST that creates or acts', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    const [{ id: connection }] = (await harness.send('GET /connections')).json.connections as [{ id: string }]
    const connectionBody = { name: 'c', provider: 'zilliz', apiKey: 'secret' }
    for (const [line, body] of [
      [`POST /clusters/${id}/refresh`, undefined],
      ['POST /connections', connectionBody],
      [`POST /connections/${connection}/verify`, undefined],
      [`POST /connections/${connection}/sync`, undefined],
    ] as const) {
      const headers = keyed(line.replaceAll(' ', ''))
      const first = await harness.send(line, { body, headers })
      const again = await harness.send(line, { body, headers })
      expect([again.status, again.text, again.headers.get('idempotent-replayed')]).toEqual([
        first.status,
        first.text,
        'true',
      ])
    }
  })

  test('a replay never contains a secret', async () => {
    await using harness = await openHarness()
    const body = { role: 'viewer', team: 'search' }
    const first = await harness.send('POST /api-keys', { body, headers: keyed('k') })
    const again = await harness.send('POST /api-keys', { body, headers: keyed('k') })
    const { key, ...rest } = first.json
    expect(key).toMatch(/^cgk_/)
    expect([again.status, again.json]).toEqual([201, rest])
  })
})

describe('404: the cluster is another team’s by now, whether a replay is to wait or not', () => {
  const prefers: Record<string, string>[] = [{}, { prefer: 'wait=1' }]

  test('it was released, and imported by that team', async () => {
    await using harness = await openHarness()
    const key = await harness.makeKey('operator', 'search')
    const { json } = await harness.send('POST /clusters', {
      key,
      body: zillizCluster,
      headers: keyed('make'),
    })
    const id = String(json.id)
    await harness.settle(id, { externalId: 'in05-moving' })
    const release = `POST /clusters/${id}/release`
    expect((await harness.send(release, { key, headers: keyed('release') })).status).toBe(202)
    const body = { connection: 'zilliz-prod', team: 'ml', externalIds: ['in05-moving'] }
    expect((await harness.send('POST /clusters/import', { body })).status).toBe(200)
    await harness.change(id, { displayName: 'of ml' })
    for (const prefer of prefers) {
      const again = [
        await harness.send('POST /clusters', {
          key,
          body: zillizCluster,
          headers: { ...keyed('make'), ...prefer },
        }),
        await harness.send(release, { key, headers: { ...keyed('release'), ...prefer } }),
      ]
      for (const { status, json, headers } of again) {
        expect([status, json.detail]).toEqual([404, `There is no cluster ${id}.`])
        expect([headers.has('idempotent-replayed'), headers.has('etag')]).toEqual([false, false])
      }
    }
    for (const action of ['cluster.create', 'cluster.release']) {
      const denied = (await entriesOf(harness, action)).filter(({ outcome }) => outcome === 'DENIED')
      expect(denied).toMatchObject(prefers.map(() => ({ team: 'ml', targets: [{ type: 'cluster', id }] })))
    }
  })

  test('a person has left the team', async () => {
    await using issuer = await TestIssuer.open()
    const clock = { now: () => startTime }
    await using harness = await openHarness({ tokens: issuer.verifier(clock) })
    const member = await issuer.token({ groups: ['search-on-call'] })
    const gone = await issuer.token({ groups: [], kind: 'claimed', roles: ['operator'], team: ['ml'] })
    const sent = (key: string, prefer = {}) => ({
      key,
      body: zillizCluster,
      headers: { ...keyed('k'), ...prefer },
    })
    const { json } = await harness.send('POST /clusters', sent(member))
    await harness.settle(String(json.id))
    expect((await harness.send('POST /clusters', sent(member))).headers.get('idempotent-replayed')).toBe(
      'true',
    )
    for (const prefer of prefers) {
      const again = await harness.send('POST /clusters', sent(gone, prefer))
      expect([again.status, again.json.detail]).toEqual([404, `There is no cluster ${json.id}.`])
    }
  })
})

describe('another caller', () => {
  test('has keys of its own', async () => {
    await using harness = await openHarness()
    await harness.send('POST /clusters', { body: zillizCluster, headers: keyed('k') })
    const key = await harness.makeKey('operator', 'search')
    const body = { ...zillizCluster, name: 'another' }
    const { status, headers } = await harness.send('POST /clusters', { key, body, headers: keyed('k') })
    expect([status, headers.has('idempotent-replayed')]).toEqual([202, false])
  })
})

describe('422', () => {
  test.each([
    ['POST /clusters', { ...zillizCluster, name: 'another' }],
    ['POST /clusters?validateOnly=true', zillizCluster],
    ['POST /api-keys', { role: 'viewer', team: 'search' }],
  ])('another request: %s', async (line, body) => {
    await using harness = await openHarness()
    await harness.send('POST /clusters', { body: zillizCluster, headers: keyed('k') })
    const { status, json } = await harness.send(line, { body, headers: keyed('k') })
    expect([status, json.code]).toEqual([422, 'idempotency-key-reused'])
  })
})

describe('400', () => {
  test.each(['', '""', 'x'.repeat(256), 'two words', 'é'])('not a key: %j', async (key) => {
    await using harness = await openHarness()
    const { status, json } = await harness.send('POST /clusters', {
      body: zillizCluster,
      headers: keyed(key),
    })
    expect([status, json.errors]).toMatchObject([400, [{ pointer: 'header/Idempotency-Key' }]])
  })

  test('a key of 255 characters is one', async () => {
    await using harness = await openHarness()
    const headers = keyed(`"${'x'.repeat(255)}"`)
    expect((await harness.send('POST /clusters', { body: zillizCluster, headers })).status).toBe(202)
  })
})

describe('what does not use a key up', () => {
  test('failed validation, 401, 403 and 409', async () => {
    await using harness = await openHarness()
    const headers = keyed('k')
    const key = await harness.makeKey('viewer', 'search')
    await harness.send('POST /clusters', { body: { ...zillizCluster, name: '' }, headers })
    await harness.send('POST /clusters', { body: zillizCluster, headers, key })
    await harness.send('POST /clusters', { body: zillizCluster, headers, key: null })
    await harness.makeCluster({ name: 'taken' })
    await harness.send('POST /clusters', { body: { ...zillizCluster, name: 'taken' }, headers })
    expect((await harness.send('POST /clusters', { body: zillizCluster, headers })).status).toBe(202)
  })
})

test('answers that are a week old are forgotten, however many, but for those of clusters that are still there', async () => {
  await using harness = await openHarness()
  const { store, clock } = harness
  const id = await harness.makeCluster()
  const keep = (key: string, clusterId: string | null) =>
    store.write((session) => {
      const claim = { callerId: 'key_1', key, fingerprint: 'f' }
      return keepAnswer(store, session, claim, { status: 200, headers: {}, body: '{}' }, clusterId)
    })
  const many = forgottenAtOnce + 7
  await keep('of a living one', id)
  await Promise.all(Array.from({ length: many }, (_, i) => keep(`old ${i}`, null)))
  clock.time += 8 * 24 * 3600_000
  await keep('new', null)
  expect(await forgetOldAnswers(store)).toBe(many)
  const { idempotencyKeys } = store.reader.tables
  const left = await store.reader.db.select({ key: idempotencyKeys.key }).from(idempotencyKeys)
  expect(
    left
      .map(({ key }) => key)
      .filter((key) => / |new/.test(key))
      .toSorted(),
  ).toEqual(['new', 'of a living one'])
  expect(await forgetOldAnswers(store)).toBe(0)
})
