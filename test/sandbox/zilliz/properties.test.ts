import { describe, expect, it } from 'vitest'
import { setUp } from './fixture.ts'

describe('modifyProperties', () => {
  it('renames a cluster of any kind and frees the old name', async () => {
    const { running, create, call, describeCluster } = setUp()
    const id = await running('Serverless')
    const reply = await call('POST', `/v2/clusters/${id}/modifyProperties`, { clusterName: 'renamed' })
    expect([reply.code, reply.data.clusterId]).toEqual([0, id])
    expect((await describeCluster(id)).data.clusterName).toBe('renamed')
    expect((await create('Serverless')).code).toBe(0)
  })

  it('refuses a taken or malformed name, but not the cluster’s own', async () => {
    const { running, sandbox, call } = setUp()
    const id = await running('Serverless')
    sandbox.addCluster({ clusterName: 'taken' })
    const rename = (clusterName: string) =>
      call('POST', `/v2/clusters/${id}/modifyProperties`, { clusterName })
    expect((await rename('taken')).code).toBe(40013)
    expect((await rename('a b')).code).toBe(96010)
    expect((await rename('search-index')).code).toBe(0)
  })
})

describe('PATCH of a cluster', () => {
  it('changes name and description when the organization is named', async () => {
    const { running, call, describeCluster } = setUp()
    const id = await running('Dedicated')
    const change = { clusterName: 'renamed', description: 'new words' }
    expect((await call('PATCH', `/v2/clusters/${id}`, change)).code).toBe(80000)
    expect((await call('PATCH', `/v2/clusters/${id}`, change, { OrgId: 'org-1' })).code).toBe(0)
    expect((await describeCluster(id)).data).toMatchObject(change)
  })

  it('is for dedicated clusters only', async () => {
    const { running, call } = setUp()
    const id = await running('Serverless')
    expect((await call('PATCH', `/v2/clusters/${id}`, { description: 'x' }, { OrgId: 'org-1' })).code).toBe(
      96022,
    )
  })
})

describe('labels', () => {
  it('are read, and replaced as a whole', async () => {
    const { running, call } = setUp()
    const id = await running('Dedicated', { labels: { env: 'prod' } })
    expect((await call('GET', `/v2/clusters/${id}/labels`)).data).toEqual({ labels: { env: 'prod' } })
    expect((await call('PUT', `/v2/clusters/${id}/labels`, { labels: { team: 'search' } })).code).toBe(0)
    expect((await call('GET', `/v2/clusters/${id}/labels`)).data).toEqual({ labels: { team: 'search' } })
  })

  it.each([{ 'a/b/c': 'x' }, { '-a': 'x' }, { a: 'v'.repeat(64) }])('refuses %j', async (labels) => {
    const { running, call } = setUp()
    const id = await running('Dedicated')
    expect((await call('PUT', `/v2/clusters/${id}/labels`, { labels })).code).toBe(80000)
  })
})
