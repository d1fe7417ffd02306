import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CLUSTERS, EKS, openSandbox } from './fixture.ts'
import { schemaErrors } from './schemas.ts'

const EVERY_EKS_FIELD = {
  awsAccountId: '123456789012',
  fireworksManagerRole: 'arn:aws:iam::123456789012:role/Manager',
  region: 'eu-west-1',
  clusterName: 'fireworks-prod',
  storageBucketName: 'fireworks-prod-7f3a',
  metricWriterRole: 'arn:aws:iam::123456789012:role/Metrics',
  loadBalancerControllerRole: 'arn:aws:iam::123456789012:role/LoadBalancer',
  workloadIdentityPoolProviderId: 'fireworks-prod-provider',
  inferenceRole: 'arn:aws:iam::123456789012:role/Inference',
}

describe('200', () => {
  it('gives every field back at once, CREATING and named after its account', async () => {
    const { create } = openSandbox()
    const { status, body } = await create('my-cluster', {
      displayName: 'My Cluster',
      eksCluster: EVERY_EKS_FIELD,
    })
    expect(status).toBe(200)
    expect(body).toEqual({
      name: 'accounts/sandbox/clusters/my-cluster',
      displayName: 'My Cluster',
      createTime: '2026-03-01T12:00:00.250Z',
      eksCluster: EVERY_EKS_FIELD,
      state: 'CREATING',
      status: { code: 'OK', message: '' },
      updateTime: '2026-03-01T12:00:00.250Z',
    })
  })

  it('fills in the default manager role and writes fields that were not sent as empty', async () => {
    const { create } = openSandbox()
    const { body } = await create('a', { eksCluster: EKS })
    expect(body).toMatchObject({
      displayName: '',
      eksCluster: {
        fireworksManagerRole: 'arn:aws:iam::123456789012:role/FireworksManagerRole',
        clusterName: '',
        inferenceRole: '',
      },
    })
  })

  it('takes a fake cluster, and a cluster of neither kind', async () => {
    const { create } = openSandbox()
    const fakeCluster = { projectId: 'p', location: 'l', clusterName: 'c' }
    expect((await create('fake', { fakeCluster })).body).toMatchObject({ fakeCluster })
    const bare = await create('bare', {})
    expect(bare.status).toBe(200)
    expect(bare.body).not.toHaveProperty('eksCluster')
    expect(bare.body).not.toHaveProperty('fakeCluster')
  })

  it('takes its own documented request', () => {
    const request = { cluster: { displayName: 'x', eksCluster: EVERY_EKS_FIELD }, clusterId: 'x' }
    expect(schemaErrors('GatewayCreateClusterBody', request)).toEqual([])
  })

  it('drops unknown fields, reads snake_case names and null as protojson does, and ignores what only it may write', async () => {
    const { call } = openSandbox()
    const { status, body } = await call('POST', CLUSTERS, {
      cluster_id: 'snake',
      whatever: true,
      cluster: {
        name: 'accounts/other/clusters/other',
        display_name: 'Snake',
        eks_cluster: { aws_account_id: '1', region: 'r', subnetIds: ['s'] },
        fakeCluster: null,
        state: 'READY',
      },
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      name: 'accounts/sandbox/clusters/snake',
      displayName: 'Snake',
      state: 'CREATING',
      eksCluster: { awsAccountId: '1' },
    })
  })
})

describe('400', () => {
  it.each([
    ['no cluster', { clusterId: 'a' }],
    ['no id', { cluster: {} }],
    ['both kinds', { clusterId: 'a', cluster: { eksCluster: EKS, fakeCluster: { projectId: 'p' } } }],
    ['no AWS account', { clusterId: 'a', cluster: { eksCluster: { region: 'r' } } }],
    ['no region', { clusterId: 'a', cluster: { eksCluster: { awsAccountId: '1' } } }],
    ['a display name of 64 characters', { clusterId: 'a', cluster: { displayName: 'x'.repeat(64) } }],
    ['a number for a text', { clusterId: 'a', cluster: { displayName: 5 } }],
    ['a list for a message', { clusterId: 'a', cluster: [] }],
    ['text that is not JSON', '{"clusterId":'],
    ['JSON that is not an object', '[]'],
    ['nothing at all', ''],
  ])('refuses %s with INVALID_ARGUMENT and makes nothing', async (_, body) => {
    const { call } = openSandbox()
    const reply = await call('POST', CLUSTERS, body)
    expect(reply).toMatchObject({ status: 400, body: { code: 3 } })
    expect((await call('GET', CLUSTERS)).body).toMatchObject({ totalSize: 0 })
  })

  it.each(['Upper', '1digit', '-a', 'a-', 'a_b', 'a.b', 'ä', 'a'.repeat(64), 'a b'])(
    'refuses the id %j',
    async (clusterId) => {
      expect((await openSandbox().create(clusterId)).body).toMatchObject({ code: 3 })
    },
  )

  it.each(['a', 'a1', 'a-b', 'a'.repeat(63)])('accepts the id %j', async (clusterId) => {
    expect((await openSandbox().create(clusterId)).status).toBe(200)
  })

  it('counts the characters of a display name, not its bytes', async () => {
    expect((await openSandbox().create('a', { displayName: '🔥'.repeat(63) })).status).toBe(200)
  })

  it('is the worst that any JSON can bring about', async () => {
    const { call } = openSandbox()
    const body = fc.oneof(fc.json(), fc.record({ clusterId: fc.string(), cluster: fc.jsonValue() }))
    await fc.assert(
      fc.asyncProperty(body, async (given) => {
        expect([200, 400, 409]).toContain((await call('POST', CLUSTERS, given)).status)
      }),
    )
  })
})

describe('409', () => {
  it('refuses an id that is taken with ALREADY_EXISTS, whatever else differs', async () => {
    const { create } = openSandbox()
    await create('a')
    expect(await create('a', {})).toMatchObject({ status: 409, body: { code: 6 } })
  })

  it('frees the id once its cluster is gone, and not before', async () => {
    const { create, call, clock } = openSandbox()
    await create('a')
    await call('DELETE', `${CLUSTERS}/a`)
    expect((await create('a')).status).toBe(409)
    clock.advance(10_000)
    expect((await create('a')).status).toBe(200)
  })
})
