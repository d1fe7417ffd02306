import { describe, expect, test } from 'vitest'
import { adapters } from '../../src/providers/adapters.ts'
import { findConnectionByName } from '../../src/store/read-connections.ts'
import { syncPage } from '../../src/store/sync.ts'
import { entriesOf, type Harness, openHarness } from './harness.ts'

const spec = { plan: 'SERVERLESS', projectId: 'proj-0123456789abcdef012345' }

/** What a sync finds of clusters that nobody asked for. */
async function discover(harness: Harness, names: string[], connection = 'zilliz-prod'): Promise<void> {
  const row = await findConnectionByName(harness.store, connection)
  if (!row) throw new Error(`no connection ${connection}`)
  const clusters = names.map((name) => ({
    externalId: `in05-${name}`,
    name,
    scope: adapters.zilliz?.scopeOf(spec) ?? '',
    region: 'gcp-us-west1',
    displayName: null,
    state: 'READY' as const,
    stateReason: null,
    providerState: 'RUNNING',
    endpoint: null,
    spec,
    createTime: null,
    requestId: null,
  }))
  await syncPage(harness.store, {
    connection: row,
    requestId: 'req_sync',
    startTime: 0,
    clusters,
    compare: () => null,
  })
}

const order = { connection: 'zilliz-prod', team: 'search' }

describe('200', () => {
  test('an unmanaged cluster becomes the team’s own, with its labels, by an audited act', async () => {
    await using harness = await openHarness()
    await discover(harness, ['stray'])
    const body = { ...order, externalIds: ['in05-stray'], labels: { env: 'prod' } }
    const { status, json } = await harness.send('POST /clusters/import', { body })
    expect(status).toBe(200)
    const [result] = json.results as { outcome: string; clusterId: string }[]
    expect(result?.outcome).toBe('IMPORTED')
    const { json: cluster } = await harness.send(`GET /clusters/${result?.clusterId}`)
    expect(cluster).toMatchObject({ management: 'IMPORTED', team: 'search', labels: { env: 'prod' } })
    expect(await entriesOf(harness, 'cluster.import')).toMatchObject([{ outcome: 'SUCCESS', team: 'search' }])
  })

  test('each of many has its own outcome', async () => {
    await using harness = await openHarness()
    await discover(harness, ['one', 'two'])
    const body = { ...order, externalIds: ['in05-one', 'in05-none', 'in05-two'] }
    const { json } = await harness.send('POST /clusters/import', { body })
    expect(json.results).toMatchObject([
      { outcome: 'IMPORTED' },
      { outcome: 'REFUSED', error: { code: 'not-found' } },
      { outcome: 'IMPORTED' },
    ])
  })

  test('a filter takes whatever unmanaged fits', async () => {
    await using harness = await openHarness()
    await discover(harness, ['web-1', 'web-2', 'batch'])
    const body = { ...order, filter: { namePrefix: 'web-' } }
    const { json } = await harness.send('POST /clusters/import', { body })
    expect((json.results as { externalId: string }[]).map((result) => result.externalId).sort()).toEqual([
      'in05-web-1',
      'in05-web-2',
    ])
  })

  test('validateOnly tells and changes nothing', async () => {
    await using harness = await openHarness()
    await discover(harness, ['stray'])
    const body = { ...order, externalIds: ['in05-stray'] }
    const { json } = await harness.send('POST /clusters/import?validateOnly=true', { body })
    expect(json.results).toMatchObject([{ outcome: 'VALID' }])
    const { json: list } = await harness.send('GET /clusters?management=UNMANAGED')
    expect(list.clusters).toHaveLength(1)
  })

  test('a released cluster stays upstream and can be imported again', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    await harness.settle(id, { externalId: 'in05-mine' })
    const released = await harness.send(`POST /clusters/${id}/release`)
    expect(released.json).toMatchObject({ management: 'UNMANAGED', state: 'READY' })
    const body = { ...order, externalIds: ['in05-mine'] }
    expect((await harness.send('POST /clusters/import', { body })).json.results).toMatchObject([
      { outcome: 'IMPORTED', clusterId: id },
    ])
  })
})

describe('refusals change nothing', () => {
  test.each([
    ['an id that does not exist', 'in05-none', 404],
    ['an id of another connection', 'in05-elsewhere', 404],
    ['one that is managed already', 'in05-managed', 409],
  ])('%s', async (_, externalId, status) => {
    await using harness = await openHarness()
    await harness.send('POST /connections', {
      body: { name: 'zilliz-other', provider: 'zilliz', apiKey: 'another-secret-0123' },
    })
    await discover(harness, ['elsewhere'], 'zilliz-other')
    await harness.settle(await harness.makeCluster(), { externalId: 'in05-managed' })
    const before = (await harness.send('GET /clusters')).text
    const answer = await harness.send('POST /clusters/import', {
      body: { ...order, externalIds: [externalId] },
    })
    expect(answer.status).toBe(status)
    expect(answer.json).toMatchObject({ errors: [{ pointer: '/externalIds/0' }] })
    expect((await harness.send('GET /clusters')).text).toBe(before)
  })

  test('neither ids nor a filter, or both', async () => {
    await using harness = await openHarness()
    for (const wrong of [{}, { externalIds: ['a'], filter: {} }]) {
      const { status } = await harness.send('POST /clusters/import', { body: { ...order, ...wrong } })
      expect(status).toBe(400)
    }
  })

  test('a cluster of which nothing exists upstream cannot be released', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    expect((await harness.send(`POST /clusters/${id}/release`)).json.code).toBe('operation-in-progress')
    await harness.settle(id, { externalId: null, state: 'FAILED', operationStatus: 'FAILED' })
    expect((await harness.send(`POST /clusters/${id}/release`)).json.code).toBe('wrong-state')
  })
})

test('a connection that only strangers live on can be deleted, and is watched no more', async () => {
  await using harness = await openHarness()
  await discover(harness, ['stray'])
  const connection = await findConnectionByName(harness.store, 'zilliz-prod')
  expect((await harness.send(`DELETE /connections/${connection?.id}`)).status).toBe(204)
  const { json } = await harness.send('GET /clusters?name=stray')
  expect(json.clusters).toMatchObject([{ state: 'DELETED', management: 'UNMANAGED' }])
})

test('a key of one team can take neither another team’s cluster nor nobody’s, and learns of neither', async () => {
  await using harness = await openHarness()
  await discover(harness, ['nobodys'])
  const id = await harness.makeCluster({ team: 'ml' })
  await harness.settle(id, { externalId: 'in05-released' })
  await harness.send(`POST /clusters/${id}/release`)
  const managed = await harness.makeCluster({ team: 'ml', name: 'kept' })
  await harness.settle(managed, { externalId: 'in05-kept' })
  const key = await harness.makeKey('operator', 'search')
  for (const select of [{ filter: {} }, { externalIds: ['in05-nobodys', 'in05-released', 'in05-kept'] }]) {
    const body = { connection: 'zilliz-prod', ...select }
    const answer = await harness.send('POST /clusters/import', { key, body })
    expect(answer).toMatchObject({ status: 404, json: { code: 'not-found' } })
  }
  const own = await harness.makeKey('operator', 'ml')
  const body = { connection: 'zilliz-prod', filter: { namePrefix: 'search' } }
  expect((await harness.send('POST /clusters/import', { key: own, body })).json.results).toMatchObject([
    { outcome: 'IMPORTED', clusterId: id },
  ])
})
