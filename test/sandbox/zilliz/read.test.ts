import { describe, expect, it } from 'vitest'
import { setUp } from './fixture.ts'

describe('a describe', () => {
  it('shows progress but no address while the cluster is being created', async () => {
    const { create, describeCluster, clock } = setUp()
    const { data } = await create('Serverless')
    const id = String(data.clusterId)
    expect((await describeCluster(id)).data).toMatchObject({
      status: 'CREATING',
      createProgress: 0,
      connectAddress: '',
    })
    clock.pass(10_000)
    expect((await describeCluster(id)).data).toMatchObject({ status: 'CREATING', createProgress: 50 })
    clock.pass(9_999)
    expect((await describeCluster(id)).data).toMatchObject({ status: 'CREATING', createProgress: 99 })
    clock.pass(1)
    expect((await describeCluster(id)).data).toMatchObject({ status: 'RUNNING', createProgress: 100 })
  })

  it.each([
    ['Serverless', 'gcp-us-west1', '.serverless.gcp-us-west1.cloud.zilliz.com'],
    ['Free', 'aws-us-east-1', '.serverless.aws-us-east-1.cloud.zilliz.com'],
    ['Dedicated', 'gcp-us-west1', '.gcp-us-west1.vectordb.zillizcloud.com:443'],
    ['Dedicated', 'aws-us-west-2', '.aws-us-west-2.vectordb.zillizcloud.com:19530'],
  ] as const)('gives a %s cluster in %s its address', async (kind, regionId, tail) => {
    const { running, describeCluster } = setUp()
    const id = await running(kind, { regionId })
    expect((await describeCluster(id)).data.connectAddress).toBe(`https://${id}${tail}`)
  })

  it('has every field in the recorded order, the newer ones last', async () => {
    const { running, describeCluster } = setUp()
    const { data } = await describeCluster(await running('Dedicated'))
    expect(Object.keys(data)).toEqual([
      ...['clusterId', 'clusterName', 'projectId', 'description', 'regionId', 'cuType', 'plan', 'status'],
      ...['connectAddress', 'privateLinkAddress', 'createTime', 'cuSize', 'storageSize', 'snapshotNumber'],
      ...['createProgress', 'deploymentOption', 'replica', 'autoscaling', 'labels', 'globalClusterMeta'],
    ])
    expect(data.createTime).toBe('2026-01-02T03:04:05Z')
  })

  it('has no cuType and cuSize 0 for a serverless cluster', async () => {
    const { running, describeCluster } = setUp()
    const { data } = await describeCluster(await running('Serverless', { description: 'for search' }))
    expect(data).toMatchObject({
      plan: 'Serverless',
      deploymentOption: 'Serverless',
      cuType: '',
      cuSize: 0,
      description: 'for search',
    })
  })

  it('refuses an id that does not exist', async () => {
    const { describeCluster } = setUp()
    expect(await describeCluster('in05-000000000000000')).toMatchObject({ status: 200, code: 96018 })
  })
})

describe('a list', () => {
  it('is paged, ten at a time, newest first', async () => {
    const { call, sandbox } = setUp()
    for (let n = 1; n <= 12; n += 1) sandbox.addCluster({ clusterName: `c${n}` })
    const { data } = await call('GET', '/v2/clusters')
    expect(data).toMatchObject({ count: 12, currentPage: 1, pageSize: 10 })
    expect(namesOf(data)).toEqual(['c12', 'c11', 'c10', 'c9', 'c8', 'c7', 'c6', 'c5', 'c4', 'c3'])
    expect(namesOf((await call('GET', '/v2/clusters?currentPage=2')).data)).toEqual(['c2', 'c1'])
    expect(namesOf((await call('GET', '/v2/clusters?currentPage=3')).data)).toEqual([])
    expect(namesOf((await call('GET', '/v2/clusters?pageSize=100')).data)).toHaveLength(12)
  })

  it.each([
    ['pageSize=0', 96008],
    ['pageSize=101', 96008],
    ['pageSize=ten', 96008],
    ['currentPage=0', 96009],
    ['currentPage=-1', 96009],
  ])('refuses %s', async (query, code) => {
    const { call } = setUp()
    expect(await call('GET', `/v2/clusters?${query}`)).toMatchObject({ status: 200, code })
  })

  it('filters by region and ignores a project parameter, as the service does', async () => {
    const { call, sandbox } = setUp()
    sandbox.addCluster({ clusterName: 'here' })
    sandbox.addCluster({ clusterName: 'there', regionId: 'aws-us-west-2' })
    expect(namesOf((await call('GET', '/v2/clusters?region=aws-us-west-2')).data)).toEqual(['there'])
    expect(namesOf((await call('GET', '/v2/clusters?projectId=proj-none')).data)).toEqual(['there', 'here'])
  })

  it('has the fields of a list item', async () => {
    const { call, running } = setUp()
    await running('Serverless')
    const { data } = await call('GET', '/v2/clusters')
    const [item] = data.clusters as object[]
    expect(Object.keys(item ?? {})).toEqual([
      ...['clusterId', 'clusterName', 'description', 'regionId', 'plan', 'cuType', 'cuSize', 'status'],
      ...['connectAddress', 'privateLinkAddress', 'projectId', 'createTime', 'deploymentOption'],
      'globalClusterMeta',
    ])
  })
})

describe('clouds and regions', () => {
  it('lists the clouds', async () => {
    const { data } = await setUp().call('GET', '/v2/clouds')
    expect(data).toEqual([
      { cloudId: 'aws', description: 'Amazon Web Services' },
      { cloudId: 'gcp', description: 'Google Cloud Platform' },
      { cloudId: 'azure', description: 'Microsoft Azure' },
    ])
  })

  it('lists the regions of one cloud or of all', async () => {
    const { call } = setUp()
    const { data: azure } = await call('GET', '/v2/regions?cloudId=azure')
    expect(azure).toContainEqual({
      cloudId: 'azure',
      regionId: 'az-eastus',
      domain: 'api.cloud.zilliz.com',
      supportedClusterTypes: ['dedicated'],
    })
    expect((await call('GET', '/v2/regions')).data).toHaveLength(14)
    expect((await call('GET', '/v2/regions?cloudId=ibm')).code).toBe(96000)
  })
})

function namesOf(data: Record<string, unknown>): string[] {
  return (data.clusters as { clusterName: string }[]).map((cluster) => cluster.clusterName)
}
