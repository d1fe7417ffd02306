import { describe, expect, it } from 'vitest'
import type { Change, Observed } from '../../src/cluster/provider.ts'
import { fireworks } from '../../src/providers/fireworks/adapter.ts'
import { clusterJson, eksSpec, fakeSpec, startUpstream, type Upstream } from './fireworks-upstream.ts'

const observed: Observed = {
  externalId: 'ranker',
  name: 'ranker',
  scope: '',
  region: 'us-east-1',
  displayName: 'Ranker',
  state: 'READY',
  stateReason: null,
  providerState: 'READY',
  endpoint: null,
  spec: { eks: eksSpec },
  createTime: null,
  requestId: null,
}

const patched = { json: clusterJson('ranker'), headers: { 'x-request-id': 'r-1' } }

function update(upstream: Upstream, change: Change, seen: Partial<Observed> = {}, done: string[] = []) {
  return fireworks.update(upstream.account, { ...observed, ...seen }, change, done)
}

function without(...fields: (keyof typeof eksSpec)[]) {
  return Object.fromEntries(
    Object.entries(eksSpec).filter(([field]) => !fields.some((gone) => gone === field)),
  )
}

describe('update', () => {
  it('sends what changed, bare, and names it in a mask in snake_case', async () => {
    await using upstream = await startUpstream([patched])
    const inferenceRole = 'arn:aws:iam::123456789012:role/new'
    const change = { displayName: 'New', spec: { eks: { ...eksSpec, inferenceRole } } }
    expect(await update(upstream, change)).toEqual({ step: 'patch', requestId: 'r-1' })
    expect(upstream.received).toMatchObject([{ method: 'PATCH', path: '/v1/accounts/acme/clusters/ranker' }])
    expect(upstream.received[0]?.query).toEqual({ updateMask: 'display_name,eks_cluster.inference_role' })
    expect(upstream.received[0]?.body).toEqual({ displayName: 'New', eksCluster: { inferenceRole } })
  })

  it.each([
    ['fireworksManagerRole', 'fireworks_manager_role', 'arn:aws:iam::123456789012:role/other'],
    ['storageBucketName', 'storage_bucket_name', 'other-bucket'],
    ['metricWriterRole', 'metric_writer_role', 'arn:aws:iam::123456789012:role/other'],
    ['loadBalancerControllerRole', 'load_balancer_controller_role', 'arn:aws:iam::123456789012:role/other'],
    ['workloadIdentityPoolProviderId', 'workload_identity_pool_provider_id', 'other'],
    ['inferenceRole', 'inference_role', 'arn:aws:iam::123456789012:role/other'],
  ])('can change %s', async (field, masked, value) => {
    await using upstream = await startUpstream([patched])
    await update(upstream, { spec: { eks: { ...eksSpec, [field]: value } } })
    expect(upstream.received[0]?.query).toEqual({ updateMask: `eks_cluster.${masked}` })
    expect(upstream.received[0]?.body).toEqual({ eksCluster: { [field]: value } })
  })

  it('clears a field that is no longer wanted, by an empty value and the mask', async () => {
    await using upstream = await startUpstream([patched])
    await update(upstream, { displayName: '', spec: { eks: without('metricWriterRole') } })
    expect(upstream.received[0]?.query).toEqual({ updateMask: 'display_name,eks_cluster.metric_writer_role' })
    expect(upstream.received[0]?.body).toEqual({ displayName: '', eksCluster: { metricWriterRole: '' } })
  })

  it('leaves the manager role that Fireworks computed, and clears one that was chosen', async () => {
    await using upstream = await startUpstream([patched])
    const wanted = { spec: { eks: without('fireworksManagerRole') } }
    expect(await update(upstream, wanted)).toEqual({ step: null, requestId: null })
    const fireworksManagerRole = 'arn:aws:iam::123456789012:role/chosen'
    await update(upstream, wanted, { spec: { eks: { ...eksSpec, fireworksManagerRole } } })
    expect(upstream.received).toMatchObject([{ body: { eksCluster: { fireworksManagerRole: '' } } }])
  })

  it('asks nothing when nothing differs, when the step is done, and for labels', async () => {
    await using upstream = await startUpstream([])
    const nothing = { step: null, requestId: null }
    expect(await update(upstream, { displayName: 'Ranker', spec: { eks: eksSpec } })).toEqual(nothing)
    expect(await update(upstream, { displayName: 'New' }, {}, ['patch'])).toEqual(nothing)
    expect(await update(upstream, { labels: { env: 'dev' } })).toEqual(nothing)
    expect(await update(upstream, { spec: { fake: fakeSpec } }, { spec: { fake: fakeSpec } })).toEqual(
      nothing,
    )
    expect(upstream.received).toHaveLength(0)
  })

  it.each([
    [
      'the AWS account',
      { spec: { eks: { ...eksSpec, awsAccountId: '999999999999' } } },
      'spec.eks.awsAccountId',
    ],
    [
      'the name of the EKS cluster',
      { spec: { eks: { ...eksSpec, clusterName: 'b' } } },
      'spec.eks.clusterName',
    ],
    [
      'the name that the EKS cluster has, to none',
      { spec: { eks: without('clusterName') } },
      'spec.eks.clusterName',
    ],
    ['the kind', { spec: { fake: fakeSpec } }, 'spec.eks'],
    ['the name', { name: 'other' }, 'name'],
  ])('refuses to change %s, without a call', async (_, change, field) => {
    await using upstream = await startUpstream([])
    await expect(update(upstream, change)).rejects.toMatchObject({
      applied: 'no',
      retryable: false,
      message: expect.stringContaining(`${field}:`),
    })
    expect(upstream.received).toHaveLength(0)
  })

  it('refuses to change a fake cluster', async () => {
    await using upstream = await startUpstream([])
    const change = { spec: { fake: { ...fakeSpec, location: 'b' } } }
    await expect(update(upstream, change, { spec: { fake: fakeSpec } })).rejects.toMatchObject({
      kind: 'invalid',
    })
  })
})
