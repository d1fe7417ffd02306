import { describe, expect, test } from 'vitest'
import {
  eksCluster,
  entriesOf,
  fireworksConnection,
  openHarness,
  zillizCluster,
  zillizConnection,
} from './harness.ts'

describe('202', () => {
  test('a cluster in PENDING, with Location, ETag and an audit entry', async () => {
    await using harness = await openHarness()
    const body = { ...zillizCluster, labels: { env: 'prod' }, displayName: 'Search index' }
    const answer = await harness.send('POST /clusters', { body, headers: { reason: 'INC-1' } })
    expect(answer.status).toBe(202)
    expect(answer.headers.get('location')).toBe(`/clusters/${answer.json.id}`)
    expect(answer.headers.get('etag')).toBe('"1"')
    expect(answer.json).toMatchObject({
      ...body,
      state: 'PENDING',
      operation: { kind: 'create', status: 'PENDING' },
    })
    const [entry] = await entriesOf(harness, 'cluster.create')
    expect(entry).toMatchObject({
      outcome: 'SUCCESS',
      team: 'search',
      reason: 'INC-1',
      context: { interface: 'http' },
    })
  })

  test('every field of the seed requests has its place', async () => {
    await using harness = await openHarness()
    const spec = {
      eks: {
        awsAccountId: '123456789012',
        fireworksManagerRole: 'arn:aws:iam::123456789012:role/FireworksManagerRole',
        clusterName: 'inference',
        storageBucketName: 'fireworks-inference',
        metricWriterRole: 'arn:aws:iam::123456789012:role/Metrics',
        loadBalancerControllerRole: 'arn:aws:iam::123456789012:role/Balancer',
        workloadIdentityPoolProviderId: 'acme-inference',
        inferenceRole: 'arn:aws:iam::123456789012:role/Inference',
      },
    }
    const answer = await harness.send('POST /clusters', { body: { ...eksCluster, spec } })
    expect(answer.json).toMatchObject({ name: 'inference', region: 'us-east-1', spec })
  })

  test('defaults: the display name is the name, nothing is protected, nothing expires', async () => {
    await using harness = await openHarness()
    const { json } = await harness.send('POST /clusters', { body: zillizCluster })
    expect(json).toMatchObject({
      displayName: 'search-index',
      labels: {},
      deletionProtection: false,
      expireTime: null,
    })
  })

  test("a caller of a team creates for its team, and needs no connection's name where there is one", async () => {
    await using harness = await openHarness()
    const { team, connection, ...body } = zillizCluster
    const { json } = await harness.send('POST /clusters', {
      key: await harness.makeKey('operator', 'search'),
      body,
    })
    expect(json).toMatchObject({ team: 'search', connection: 'zilliz-prod' })
  })

  test('a connection may be named by its id', async () => {
    await using harness = await openHarness()
    const { json } = await harness.send('GET /connections?name=zilliz-prod')
    const [{ id }] = json.connections as [{ id: string }]
    const answer = await harness.send('POST /clusters', { body: { ...zillizCluster, connection: id } })
    expect(answer.json.connection).toBe('zilliz-prod')
  })

  test('an expiry with an offset is kept in UTC', async () => {
    await using harness = await openHarness()
    const body = { ...zillizCluster, expireTime: '2030-01-31T02:00:00+02:00' }
    const { json } = await harness.send('POST /clusters', { body })
    expect(json.expireTime).toBe('2030-01-31T00:00:00.000Z')
  })
})

describe('200 with validateOnly', () => {
  test('shows the cluster as it would be and changes nothing', async () => {
    await using harness = await openHarness()
    const { status, json } = await harness.send('POST /clusters?validateOnly=true', { body: zillizCluster })
    expect(status).toBe(200)
    expect(json).toMatchObject({
      valid: true,
      cluster: { name: 'search-index', displayName: 'search-index' },
    })
    expect((await harness.send('GET /clusters')).json.clusters).toEqual([])
    expect(await entriesOf(harness, 'cluster.create')).toEqual([])
  })

  test('finds a taken name', async () => {
    await using harness = await openHarness()
    await harness.makeCluster()
    const { status } = await harness.send('POST /clusters?validateOnly=true', { body: zillizCluster })
    expect(status).toBe(409)
  })
})

describe('400', () => {
  const spec = zillizCluster.spec
  const manyLabels = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`label-${i}`, 'x']))
  test.each([
    ['/provider', { provider: 'acme' }],
    ['/name', { name: 'under_score' }],
    ['/name', { name: '' }],
    ['/name', { name: 'x'.repeat(64) }],
    ['/name', { name: 'a-name-of-more-than-32-characters' }],
    ['/spec/plan', { spec: { ...spec, plan: 'GOLD' } }],
    ['/spec/cuSize', { spec: { ...spec, cuSize: 1 } }],
    ['/spec/projectId', { spec: { plan: 'SERVERLESS' } }],
    ['/labels/-env', { labels: { '-env': 'x' } }],
    ['/labels/env', { labels: { env: 'not a value' } }],
    ['/labels', { labels: manyLabels }],
    ['/displayName', { displayName: '' }],
    ['/displayName', { displayName: 'é'.repeat(64) }],
    ['/displayName', { displayName: 'a\u0000b' }],
    ['/displayName', { displayName: '\ud800' }],
    ['/team', { team: 'No Team' }],
    ['/expireTime', { expireTime: '2020-01-01T00:00:00Z' }],
    ['/expireTime', { expireTime: 'tomorrow' }],
    ['/deletionProtection', { deletionProtection: 'yes' }],
    ['/connection', { connection: 'nobody' }],
    ['/connection', { connection: 'fireworks-prod' }],
    ['/externalId', { externalId: 'in05-1' }],
    ['/region', { region: 'mars!' }],
  ])('points at %s', async (pointer, wrong) => {
    await using harness = await openHarness()
    const { status, json } = await harness.send('POST /clusters', { body: { ...zillizCluster, ...wrong } })
    expect(status).toBe(400)
    const pointers = (json.errors as { pointer: string }[]).map((error) => error.pointer)
    expect(pointers).toContain(pointer)
  })

  test('a caller of every team must name one', async () => {
    await using harness = await openHarness()
    const { team, ...body } = zillizCluster
    const { status, json } = await harness.send('POST /clusters', { body })
    expect([status, json.errors]).toMatchObject([400, [{ pointer: '/team' }]])
  })

  test('a connection that does not serve the team reads as unknown', async () => {
    await using harness = await openHarness()
    const key = await harness.makeKey('operator', 'search')
    const { team, ...body } = eksCluster
    const { status, json } = await harness.send('POST /clusters', { key, body })
    const unknown = await harness.send('POST /clusters', { key, body: { ...body, connection: 'nobody' } })
    expect([status, json.errors]).toEqual([400, unknown.json.errors])
  })

  test('of several connections one must be chosen, and they are listed', async () => {
    await using harness = await openHarness()
    await harness.send('POST /connections', { body: { ...zillizConnection, name: 'zilliz-lab' } })
    const { connection, ...body } = zillizCluster
    const { json } = await harness.send('POST /clusters', { body })
    expect(json.detail).toContain('zilliz-lab, zilliz-prod')
  })

  test('where there is no connection to be had, it says so', async () => {
    await using harness = await openHarness()
    const { connection, ...body } = eksCluster
    const { json } = await harness.send('POST /clusters', { body: { ...body, team: 'search' } })
    expect(json.errors).toMatchObject([{ pointer: '/connection' }])
  })

  test('a fake cluster is refused unless the connection allows it', async () => {
    await using harness = await openHarness()
    const { region, ...rest } = eksCluster
    const body = { ...rest, spec: { fake: { projectId: 'p' } } }
    expect((await harness.send('POST /clusters', { body })).json.errors).toMatchObject([
      { pointer: '/spec/fake' },
    ])
    const settings = { accountId: 'acme', allowFakeClusters: true }
    await harness.send('POST /connections', { body: { ...fireworksConnection, name: 'fakes', settings } })
    expect((await harness.send('POST /clusters', { body: { ...body, connection: 'fakes' } })).status).toBe(
      202,
    )
  })
})

describe('403', () => {
  test('another team than the own one', async () => {
    await using harness = await openHarness()
    const key = await harness.makeKey('operator', 'ml')
    expect((await harness.send('POST /clusters', { key, body: zillizCluster })).status).toBe(403)
  })
})

describe('409', () => {
  test('a taken name links to the own cluster that has it', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    const { status, json } = await harness.send('POST /clusters', { body: zillizCluster })
    expect([status, json.code, json.cluster]).toEqual([409, 'name-taken', `/clusters/${id}`])
  })

  test("another team's cluster is not told of", async () => {
    await using harness = await openHarness()
    await harness.makeCluster()
    const { status, json } = await harness.send('POST /clusters', { body: { ...zillizCluster, team: 'ml' } })
    expect([status, json.cluster]).toEqual([409, undefined])
  })
})
