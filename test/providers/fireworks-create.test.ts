import { describe, expect, it } from 'vitest'
import { fireworks } from '../../src/providers/fireworks/adapter.ts'
import {
  apiKey,
  clusterJson,
  eksSpec,
  fakeSpec,
  htmlBadGateway,
  startUpstream,
  wantedEks,
  wantedFake,
} from './fireworks-upstream.ts'

describe('create', () => {
  it('sends every field of an EKS cluster, and reads every one back', async () => {
    const json = clusterJson('ranker', { state: 'CREATING' })
    await using upstream = await startUpstream([{ json, headers: { 'x-request-id': 'r-1' } }])
    const created = await fireworks.create(upstream.account, wantedEks)
    const [request] = upstream.received
    expect(request).toMatchObject({ method: 'POST', path: '/v1/accounts/acme/clusters', query: {} })
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
    })
    expect(request?.body).toEqual({
      clusterId: 'ranker',
      cluster: { displayName: 'Ranker', eksCluster: { ...eksSpec, region: 'us-east-1' } },
    })
    expect(created).toEqual({
      externalId: 'ranker',
      credentials: null,
      requestId: 'r-1',
      observed: {
        externalId: 'ranker',
        name: 'ranker',
        scope: '',
        region: 'us-east-1',
        displayName: 'Ranker',
        state: 'CREATING',
        stateReason: null,
        providerState: 'CREATING',
        endpoint: null,
        spec: { eks: eksSpec },
        createTime: Date.UTC(2026, 4, 8, 10, 20, 30),
        details: {
          name: 'accounts/acme/clusters/ranker',
          createTime: '2026-05-08T10:20:30Z',
          updateTime: '2026-05-08T10:20:31Z',
          statusCode: 'OK',
        },
        requestId: 'r-1',
      },
    })
  })

  it('sends every field of a fake cluster, and reads every one back', async () => {
    const json = clusterJson('pretend', { eksCluster: null, fakeCluster: fakeSpec })
    await using upstream = await startUpstream([{ json }])
    const created = await fireworks.create(upstream.account, wantedFake)
    expect(upstream.received[0]?.body).toEqual({
      clusterId: 'pretend',
      cluster: { displayName: 'Pretend', fakeCluster: fakeSpec },
    })
    expect(created.observed).toMatchObject({ region: null, spec: { fake: fakeSpec } })
  })

  it('sends nothing of what was not asked for', async () => {
    await using upstream = await startUpstream([{ json: clusterJson('ranker') }])
    const spec = { eks: { awsAccountId: '123456789012' } }
    await fireworks.create(upstream.account, { ...wantedEks, displayName: '', spec })
    expect(upstream.received[0]?.body).toEqual({
      clusterId: 'ranker',
      cluster: { eksCluster: { awsAccountId: '123456789012', region: 'us-east-1' } },
    })
  })

  it('is asked once, and its outcome unknown, when the reply is lost', async () => {
    await using upstream = await startUpstream(['drop the connection'])
    const create = fireworks.create(upstream.account, wantedEks)
    await expect(create).rejects.toMatchObject({ kind: 'unavailable', applied: 'unknown', retryable: true })
    expect(upstream.received).toHaveLength(1)
  })

  it('has an unknown outcome when the answer is cut short', async () => {
    await using upstream = await startUpstream(['cut the answer short'])
    const create = fireworks.create(upstream.account, wantedEks)
    await expect(create).rejects.toMatchObject({ kind: 'unavailable', applied: 'unknown' })
  })

  it.each([
    ['JSON that ends too soon', { text: '{"name":"accounts/acme/clusters/ran' }],
    ['a page of HTML', { text: '<html>Welcome</html>' }],
    ['nothing', { text: '' }],
    ['no resource name', { json: {} }],
    ['a cluster of another name', { json: clusterJson('other') }],
    ['a cluster of another account', { json: { name: 'accounts/other/clusters/ranker' } }],
  ])('has an unknown outcome when a 200 carries %s', async (_, reply) => {
    await using upstream = await startUpstream([reply])
    const create = fireworks.create(upstream.account, wantedEks)
    await expect(create).rejects.toMatchObject({ kind: 'protocol', applied: 'unknown', httpStatus: 200 })
  })

  it('has an unknown outcome behind a bad gateway, told in plain words', async () => {
    await using upstream = await startUpstream([htmlBadGateway])
    await expect(fireworks.create(upstream.account, wantedEks)).rejects.toMatchObject({
      kind: 'unavailable',
      applied: 'unknown',
      retryable: true,
      httpStatus: 502,
      requestId: '9a1b2c3d-FRA',
      message: '502 Bad Gateway 502 Bad Gateway',
    })
  })
})
