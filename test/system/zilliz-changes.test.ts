import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { Serving } from './serve.ts'
import { FakeZilliz, type Manner, projectId } from './upstream/fake-zilliz.ts'

const manners: Record<string, Partial<Manner>> = {
  'tells little': { tells: 'little', dropped: '40021' },
  'tells much': { tells: 'much', dropped: 'row', success: 200 },
}

const dedicated = {
  plan: 'DEDICATED',
  projectId,
  tier: 'Enterprise',
  cuType: 'Performance-optimized',
  cuSize: 8,
}

let serving: Serving

beforeAll(async () => {
  serving = await Serving.start()
})
afterAll(() => serving[Symbol.asyncDispose]())

describe.each(Object.entries(manners))('a dedicated cluster at a Zilliz Cloud that %s', (style, manner) => {
  let upstream: FakeZilliz
  let cluster: JsonObject
  let path: string
  const connection = style.replaceAll(' ', '-')

  beforeAll(async () => {
    upstream = await new FakeZilliz(`key-of-${connection}`, manner).listen()
    const settings = { baseUrl: upstream.url, orgId: 'org-1' }
    const body = { name: connection, provider: 'zilliz', apiKey: upstream.key, settings }
    await serving.client.expect(201, 'POST /connections', { body })
    const order = { name: 'search', displayName: 'Search', labels: { env: 'prod' }, spec: dedicated }
    cluster = await create(order)
    path = `/clusters/${cluster.id}`
  })
  afterAll(() => upstream[Symbol.asyncDispose]())

  function create(order: JsonObject): Promise<JsonObject> {
    const body = { provider: 'zilliz', connection, team: 'search', region: 'gcp-us-west1', ...order }
    return serving.client.settled('POST /clusters', body)
  }

  /** Makes a change, and answers the cluster and what arrived at the provider that was no reading. */
  async function change(line: string, body?: unknown) {
    const before = upstream.changes.length
    const after = await serving.client.settled(line, body)
    expect(after.operation).toMatchObject({ status: 'SUCCEEDED', error: null })
    const base = `/v2/clusters/${after.externalId}`
    const arrived = upstream.changes
      .slice(before)
      .map(({ method, target, json }) => [method, target.replace(base, ''), json])
    return { after, arrived }
  }

  it('keeps its display name and protection to the gateway', async () => {
    const before = upstream.requests.length
    const body = { displayName: 'The search', deletionProtection: true }
    const after = await serving.client.expect(200, `PATCH ${path}`, { body })
    expect(after).toMatchObject({ ...body, labels: { env: 'prod' } })
    expect(upstream.requests.length).toBe(before)
    await serving.client.expect(409, `DELETE ${path}`)
    await serving.client.expect(200, `PATCH ${path}`, { body: { deletionProtection: false } })
  })

  it('is given its labels whole', async () => {
    const { after, arrived } = await change(`PATCH ${path}`, { labels: { env: null, tier: 'gold' } })
    expect(after.labels).toEqual({ tier: 'gold' })
    expect(arrived).toEqual([['PUT', '/labels', { labels: { tier: 'gold' } }]])
  })

  it('is renamed', async () => {
    const { after, arrived } = await change(`PATCH ${path}`, { name: 'search-2' })
    expect(after).toMatchObject({ name: 'search-2', state: 'READY' })
    expect(arrived).toEqual([['POST', '/modifyProperties', { clusterName: 'search-2' }]])
    expect(upstream.named('search-2')).toHaveLength(1)
  })

  it('is resized, one thing at a time', async () => {
    const { after, arrived } = await change(`PATCH ${path}`, { spec: { cuSize: 16, replica: 2 } })
    expect(after.spec).toEqual({ ...dedicated, cuSize: 16, replica: 2 })
    expect(arrived).toEqual([
      ['POST', '/modify', { cuSize: 16 }],
      ['POST', '/modifyReplica', { replica: 2 }],
    ])
  })

  it('gets a description, with the organization named', async () => {
    const { after, arrived } = await change(`PATCH ${path}`, { spec: { description: 'of the shop' } })
    expect(after.spec).toMatchObject({ description: 'of the shop', cuSize: 16 })
    expect(arrived).toEqual([['PATCH', '', { description: 'of the shop' }]])
    expect(upstream.changes.at(-1)?.headers.orgid).toBe('org-1')
  })

  it('is suspended and resumed', async () => {
    const suspended = await change(`POST ${path}/suspend`)
    expect(suspended.after).toMatchObject({ state: 'SUSPENDED', providerState: 'STOPPED' })
    expect(suspended.arrived).toEqual([['POST', '/suspend', {}]])
    await serving.client.expect(409, `PATCH ${path}`, { body: { spec: { cuSize: 24 } } })
    const resumed = await change(`POST ${path}/resume`)
    expect(resumed.after).toMatchObject({ state: 'READY', providerState: 'RUNNING' })
    expect(resumed.arrived).toEqual([['POST', '/resume', {}]])
  })

  it('has its autoscaling replaced whole', async () => {
    const spec = { plan: 'DEDICATED', projectId, cuType: 'Performance-optimized' }
    const scaled = await create({
      name: 'scaled',
      spec: { ...spec, autoscaling: { cu: { min: 8, max: 16 } } },
    })
    const schedules = [{ cron: '0 8 * * 1-5', target: 2, timezone: 'Etc/UTC' }]
    const { after, arrived } = await change(`PATCH /clusters/${scaled.id}`, {
      // One that the provider told of excludes a schedule as much as one that was asked for.
      spec: { replica: null, autoscaling: { replica: { schedules } } },
    })
    const autoscaling = { cu: { min: 8, max: 16 }, replica: { schedules } }
    expect(after.spec).toMatchObject({ autoscaling })
    expect(arrived).toEqual([['POST', '/modify', { autoscaling }]])
    const described = await change(`PATCH /clusters/${scaled.id}`, { spec: { description: 'scales' } })
    expect(described.arrived).toEqual([['PATCH', '', { description: 'scales' }]])
  })

  it('is dropped', async () => {
    const { after, arrived } = await change(`DELETE ${path}`)
    expect(after).toMatchObject({ state: 'DELETED', endpoint: null })
    expect(arrived).toEqual([['DELETE', '/drop', {}]])
    await serving.client.expect(409, `POST ${path}/credentials/reveal`, { body: { reason: 'too late' } })
  })
})
