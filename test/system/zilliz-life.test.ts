import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Serving } from './serve.ts'
import { FakeZilliz, type Manner } from './upstream/fake-zilliz.ts'
import { zillizPlans } from './zilliz-plans.ts'

const manners: Record<string, Partial<Manner>> = {
  'as recorded in 2025': { success: 0, tells: 'little', dropped: '96018' },
  'as documented now': { success: 0, tells: 'much', dropped: 'row' },
  'in the older style': { success: 200, tells: 'little', dropped: 'http 404' },
}

let serving: Serving

beforeAll(async () => {
  serving = await Serving.start()
})
afterAll(() => serving[Symbol.asyncDispose]())

describe.each(Object.entries(manners))('a Zilliz Cloud %s', (style, manner) => {
  let upstream: FakeZilliz
  const connection = style.replaceAll(' ', '-')

  beforeAll(async () => {
    upstream = await new FakeZilliz(`key-of-${connection}`, manner).listen()
    const settings = { baseUrl: upstream.url, orgId: 'org-1' }
    const body = { name: connection, provider: 'zilliz', apiKey: upstream.key, settings }
    await serving.client.expect(201, 'POST /connections', { body })
  })
  afterAll(() => upstream[Symbol.asyncDispose]())

  it.each(zillizPlans)('gets a create of $name exactly, and gives it away whole', async (plan) => {
    const { client } = serving
    const body = { provider: 'zilliz', connection, team: 'search', name: plan.name, ...plan.order }
    const cluster = await client.settled('POST /clusters', body)
    const [row, ...others] = upstream.named(plan.name)
    expect(others).toEqual([])

    const asked = upstream.changes.filter(({ json }) => json.clusterName === plan.name)
    expect(asked.map(({ method, target }) => `${method} ${target}`)).toEqual([
      `POST /v2/clusters/${plan.product}`,
    ])
    expect(asked[0]?.json).toEqual(plan.body)
    expect(asked[0]?.headers).toMatchObject({
      authorization: `Bearer ${upstream.key}`,
      accept: 'application/json',
      'content-type': 'application/json',
    })

    expect(cluster).toMatchObject({
      ...plan.order,
      state: 'READY',
      providerState: 'RUNNING',
      externalId: row?.clusterId,
      endpoint: row?.facts.connectAddress,
      credentialState: 'AVAILABLE',
      stateReason: null,
      operation: { kind: 'create', status: 'SUCCEEDED', attempts: 1, error: null },
    })
    const reveal = { body: { reason: 'first use' } }
    const credentials = await client.expect(200, `POST /clusters/${cluster.id}/credentials/reveal`, reveal)
    expect(credentials).toEqual({ username: row?.username, password: row?.password })
    const access = await client.expect(200, `GET /clusters/${cluster.id}/access`)
    expect(access).toEqual({ endpoint: row?.facts.connectAddress })

    const deleted = await client.settled(`DELETE /clusters/${cluster.id}`)
    expect(deleted).toMatchObject({ state: 'DELETED', credentialState: 'NONE' })
    expect(upstream.changes.at(-1)).toMatchObject({
      method: 'DELETE',
      target: `/v2/clusters/${row?.clusterId}/drop`,
      text: '',
    })
  })
})
