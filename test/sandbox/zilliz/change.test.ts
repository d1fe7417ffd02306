import { describe, expect, it } from 'vitest'
import { setUp } from './fixture.ts'

describe('suspend and resume', () => {
  it('take a dedicated cluster through STOPPING, STOPPED and RESUMING', async () => {
    const { running, call, clock, statusOf } = setUp()
    const id = await running('Dedicated')
    const suspended = await call('POST', `/v2/clusters/${id}/suspend`)
    expect(suspended.data.clusterId).toBe(id)
    expect(suspended.data.prompt).toMatch(/^Successfully Submitted\. The cluster will not incur/)
    expect(await statusOf(id)).toBe('STOPPING')
    clock.pass(10_000)
    expect(await statusOf(id)).toBe('STOPPED')
    const resumed = await call('POST', `/v2/clusters/${id}/resume`)
    expect(resumed.data.prompt).toMatch(/^successfully Submitted\. Cluster is being resumed/)
    expect(await statusOf(id)).toBe('RESUMING')
    clock.pass(10_000)
    expect(await statusOf(id)).toBe('RUNNING')
  })

  it('are not for serverless clusters', async () => {
    const { running, call } = setUp()
    const id = await running('Serverless')
    expect((await call('POST', `/v2/clusters/${id}/suspend`)).code).toBe(96022)
    expect((await call('POST', `/v2/clusters/${id}/resume`)).code).toBe(96022)
  })

  it('a free cluster, which stops by itself, can be resumed but not suspended', async () => {
    const { running, call, sandbox, statusOf } = setUp()
    const id = await running('Free')
    expect((await call('POST', `/v2/clusters/${id}/suspend`)).code).toBe(96021)
    sandbox.changeCluster(id, { status: 'STOPPED' })
    expect((await call('POST', `/v2/clusters/${id}/resume`)).code).toBe(0)
    expect(await statusOf(id)).toBe('RESUMING')
  })

  it('are refused in any other status', async () => {
    const { running, create, call } = setUp()
    const { data } = await create('Dedicated')
    expect((await call('POST', `/v2/clusters/${data.clusterId}/suspend`)).code).toBe(40003)
    const id = await running('Dedicated', { clusterName: 'other' })
    expect((await call('POST', `/v2/clusters/${id}/resume`)).code).toBe(40003)
    await call('POST', `/v2/clusters/${id}/suspend`)
    expect((await call('POST', `/v2/clusters/${id}/suspend`)).code).toBe(40003)
  })
})

describe('a drop', () => {
  it('answers at once; the cluster is DELETING and then gone', async () => {
    const { running, call, clock, statusOf, describeCluster } = setUp()
    const id = await running('Serverless')
    const { data } = await call('DELETE', `/v2/clusters/${id}/drop`)
    expect(data.clusterId).toBe(id)
    expect(data.prompt).toMatch(/^The cluster has been deleted\. .* does not apply to free clusters\.$/)
    expect(await statusOf(id)).toBe('DELETING')
    clock.pass(10_000)
    expect((await describeCluster(id)).code).toBe(96018)
    expect((await call('GET', '/v2/clusters')).data).toMatchObject({ count: 0, clusters: [] })
    expect((await call('DELETE', `/v2/clusters/${id}/drop`)).code).toBe(96018)
  })

  it('cuts a creation short but waits for other work', async () => {
    const { create, running, call } = setUp()
    const { data } = await create('Serverless')
    expect((await call('DELETE', `/v2/clusters/${data.clusterId}/drop`)).code).toBe(0)
    expect((await call('DELETE', `/v2/clusters/${data.clusterId}/drop`)).code).toBe(40003)
    const id = await running('Dedicated', { clusterName: 'other' })
    await call('POST', `/v2/clusters/${id}/suspend`)
    expect((await call('DELETE', `/v2/clusters/${id}/drop`)).code).toBe(40003)
  })

  it('frees the name and the quota once it is gone', async () => {
    const { running, create, call, clock } = setUp()
    const id = await running('Free')
    await call('DELETE', `/v2/clusters/${id}/drop`)
    expect((await create('Free')).code).toBe(40013)
    clock.pass(10_000)
    expect((await create('Free')).code).toBe(0)
  })
})

describe('a modify', () => {
  it('shows the old size while it runs and refuses anything else meanwhile', async () => {
    const { running, call, clock, describeCluster } = setUp()
    const id = await running('Dedicated')
    const { data } = await call('POST', `/v2/clusters/${id}/modify`, { cuSize: 2 })
    expect(data.prompt).toMatch(/^successfully submitted\. Cluster is being upgraded/)
    expect((await describeCluster(id)).data).toMatchObject({ status: 'MODIFYING', cuSize: 1 })
    expect((await call('POST', `/v2/clusters/${id}/modify`, { cuSize: 4 })).code).toBe(40003)
    clock.pass(10_000)
    expect((await describeCluster(id)).data).toMatchObject({ status: 'RUNNING', cuSize: 2 })
  })

  it('changes the replicas on either route', async () => {
    const { running, call, clock, describeCluster } = setUp()
    const id = await running('Dedicated', { cuSize: 8 })
    await call('POST', `/v2/clusters/${id}/modifyReplica`, { replica: 2 })
    clock.pass(10_000)
    expect((await describeCluster(id)).data.replica).toBe(2)
    await call('POST', `/v2/clusters/${id}/modify`, { replica: 3 })
    clock.pass(10_000)
    expect((await describeCluster(id)).data.replica).toBe(3)
  })

  it('replaces the whole autoscaling object and stays RUNNING', async () => {
    const { running, call, describeCluster } = setUp()
    const id = await running('Dedicated', { cuSize: 8 })
    const schedules = [{ cron: '0 8 * * *', target: 2, timezone: 'Etc/UTC' }]
    await call('POST', `/v2/clusters/${id}/modify`, { autoscaling: { replica: { schedules } } })
    expect((await describeCluster(id)).data).toMatchObject({
      status: 'RUNNING',
      autoscaling: { replica: { schedules } },
    })
    await call('POST', `/v2/clusters/${id}/modify`, { autoscaling: { cu: { min: 8, max: 16 } } })
    expect((await describeCluster(id)).data.autoscaling).toEqual({ cu: { min: 8, max: 16 } })
    await call('POST', `/v2/clusters/${id}/modify`, { autoscaling: { cu: {}, replica: {} } })
    expect((await describeCluster(id)).data.autoscaling).toEqual({ cu: {}, replica: {} })
  })

  it.each([
    ['nothing', {}, 80000],
    ['a size and a range', { cuSize: 2, autoscaling: { cu: { min: 1, max: 2 } } }, 80000],
    ['replicas and a range of them', { replica: 1, autoscaling: { replica: { min: 1, max: 2 } } }, 80000],
    ['a range upside down', { autoscaling: { cu: { min: 4, max: 2 } } }, 80000],
    ['a range that ends in a size not made', { autoscaling: { cu: { min: 1, max: 3 } } }, 96023],
    ['a size not made', { cuSize: 5 }, 96023],
    ['more replicas than the size allows', { replica: 2 }, 96023],
  ])('is refused with %s', async (_, body, code) => {
    const { running, call, describeCluster } = setUp()
    const id = await running('Dedicated')
    const { data: before } = await describeCluster(id)
    expect((await call('POST', `/v2/clusters/${id}/modify`, body)).code).toBe(code)
    expect((await describeCluster(id)).data).toEqual(before)
  })

  it('is for dedicated clusters only', async () => {
    const { running, call } = setUp()
    const [free, serverless] = [await running('Free', { clusterName: 'f' }), await running('Serverless')]
    expect((await call('POST', `/v2/clusters/${free}/modify`, { cuSize: 2 })).code).toBe(96021)
    expect((await call('POST', `/v2/clusters/${serverless}/modify`, { cuSize: 2 })).code).toBe(96022)
  })
})
