import { describe, expect, it } from 'vitest'
import { setUp } from './fixture.ts'

describe('the 2025 mode', () => {
  it('calls a free cluster Serverless and leaves out the newer fields', async () => {
    const { running, describeCluster, call } = setUp({ mode: { year: '2025' } })
    const { data } = await describeCluster(await running('Free'))
    expect(data.plan).toBe('Serverless')
    for (const field of ['replica', 'deploymentOption', 'autoscaling']) expect(data).not.toHaveProperty(field)
    const { data: projects } = await call('GET', '/v2/projects')
    expect(Object.keys((projects as unknown as object[])[0] ?? {})).toHaveLength(4)
  })
})

describe('the 2026 mode', () => {
  it('calls a free cluster Free', async () => {
    const { running, describeCluster } = setUp()
    expect((await describeCluster(await running('Free'))).data).toMatchObject({
      plan: 'Free',
      deploymentOption: 'Free',
    })
  })
})

describe('switches', () => {
  it('a success may say 200', async () => {
    expect((await setUp({ mode: { successCode: 200 } }).create('Free')).code).toBe(200)
  })

  it('a duplicate name may say 96017', async () => {
    const { create } = setUp({ mode: { duplicateNameCode: 96017 } })
    await create('Serverless')
    expect((await create('Serverless')).code).toBe(96017)
  })

  it.each([
    ['96018', 200, 96018],
    ['80020', 200, 80020],
    ['http404', 404, 404],
  ] as const)('a dropped cluster may be gone as %s', async (afterDrop, status, code) => {
    const { running, call, clock, describeCluster } = setUp({ mode: { afterDrop } })
    const id = await running('Serverless')
    await call('DELETE', `/v2/clusters/${id}/drop`)
    clock.pass(10_000)
    expect(await describeCluster(id)).toMatchObject({ status, code })
  })

  it('a dropped cluster may stay as a DELETED row', async () => {
    const { running, call, clock, statusOf } = setUp({ mode: { afterDrop: 'deletedRow' } })
    const id = await running('Serverless')
    await call('DELETE', `/v2/clusters/${id}/drop`)
    clock.pass(10_000)
    expect(await statusOf(id)).toBe('DELETED')
    expect((await call('GET', '/v2/clusters')).data).toMatchObject({ clusters: [{ status: 'DELETED' }] })
  })

  it('the recycle bin may keep the name of a paid cluster for 30 days', async () => {
    const { running, create, call, clock } = setUp({ mode: { nameAfterDrop: 'kept' } })
    const id = await running('Serverless')
    await call('DELETE', `/v2/clusters/${id}/drop`)
    clock.pass(10_000)
    expect((await create('Serverless')).code).toBe(40013)
    clock.pass(30 * 24 * 3_600_000)
    expect((await create('Serverless')).code).toBe(0)
  })

  it('a new cluster may be unknown to describe for a while', async () => {
    const { create, describeCluster, clock } = setUp({ mode: { describeLagMs: 3000 } })
    const { data } = await create('Serverless')
    expect((await describeCluster(String(data.clusterId))).code).toBe(40021)
    clock.pass(3000)
    expect((await describeCluster(String(data.clusterId))).code).toBe(0)
  })

  it('an error may carry the request id in its body', async () => {
    const { sandbox } = setUp({ mode: { requestIdInErrors: true } })
    const response = await sandbox.fetch(new Request('http://z.test/v2/clouds'))
    expect(await response.json()).toMatchObject({ requestId: response.headers.get('requestid') })
  })
})

describe('the China site', () => {
  it('has its own regions, addresses and the Enterprise plan only', async () => {
    const { running, create, call, describeCluster, standard } = setUp({ mode: { site: 'china' } })
    expect((await create('Serverless')).code).toBe(96001)
    const id = await running('Serverless', { regionId: 'ali-cn-hangzhou' })
    const { data } = await describeCluster(id)
    expect(data.connectAddress).toBe(`https://${id}.ali-cn-hangzhou.cloud.zilliz.com.cn`)
    const dedicated = { regionId: 'tc-ap-beijing', projectId: standard }
    expect((await create('Dedicated', { ...dedicated, plan: 'Standard' })).code).toBe(96004)
    const other = await running('Dedicated', { ...dedicated, plan: 'Enterprise' })
    expect((await describeCluster(other)).data.connectAddress).toBe(
      `https://${other}.tc-ap-beijing.vectordb.zilliz.com.cn:19530`,
    )
    expect((await call('POST', '/v2/projects', { projectName: 'P', plan: 'Standard' })).code).toBe(96004)
  })
})
