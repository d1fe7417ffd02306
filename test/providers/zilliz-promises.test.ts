import { describe, expect, test } from 'vitest'
import { zilliz } from '../../src/providers/zilliz/adapter.ts'
import type { Arrived } from './scripted-upstream.ts'
import {
  apiKey,
  dedicatedId,
  failureOf,
  observed,
  openZilliz,
  pageOf,
  projectId,
  record,
  refusal,
  serverlessId,
  success,
  wanted,
} from './zilliz-account.ts'

const given = {
  clusterId: serverlessId,
  username: 'db_1',
  password: 'aB3$aB3$aB3$aB3$',
  prompt: 'Submitted.',
}
const dedicated = { plan: 'DEDICATED', projectId, cuType: 'Performance-optimized', cuSize: 8 }

describe('against the ways of Zilliz Cloud, the adapter promises', () => {
  test('that HTTP 200 is no success: the code decides, and 0 and 200 are success', async () => {
    for (const code of [0, 200, '0']) {
      await using cloud = await openZilliz(() => ({ json: { code, data: given } }))
      expect(await zilliz.create(cloud.account, wanted())).toMatchObject({ externalId: serverlessId })
    }
    await using cloud = await openZilliz(() => refusal(40013, 'The specified cluster name already exists.'))
    expect(await failureOf(zilliz.create(cloud.account, wanted()))).toMatchObject({
      kind: 'name-taken',
      httpStatus: 200,
    })
  })

  test('that the body of a 4xx is read, and the request id kept', async () => {
    const json = { code: 96023, message: 'The specified class does not exist' }
    await using cloud = await openZilliz(() => ({ status: 400, headers: { requestid: 'r9' }, json }))
    expect(await failureOf(zilliz.create(cloud.account, wanted()))).toMatchObject({
      kind: 'invalid',
      code: '96023',
      message: json.message,
      requestId: 'r9',
    })
  })

  test('that the one-time password is in the answer to the create, and in no failure', async () => {
    await using cloud = await openZilliz(() => success(given))
    const { credentials } = await zilliz.create(cloud.account, wanted())
    expect(credentials).toEqual({ username: 'db_1', password: given.password })
    const { clusterId: _, ...lost } = given
    await using other = await openZilliz(() => success(lost))
    const failure = await failureOf(zilliz.create(other.account, wanted()))
    expect(JSON.stringify({ ...failure, text: String(failure) })).not.toContain(given.password)
  })

  test('that a create whose reply was lost is found again by name and project, not asked for twice', async () => {
    const upstream = [record({ clusterId: 'in05-other', projectId: 'proj-other' })]
    await using cloud = await openZilliz((call) => {
      if (call.method === 'GET') return pageOf(upstream, call)
      upstream.push(record({ status: 'CREATING' }))
      return { fault: 'drop' }
    })
    expect(await failureOf(zilliz.create(cloud.account, wanted()))).toMatchObject({ applied: 'unknown' })
    const { found } = await zilliz.find(cloud.account, wanted())
    expect(found).toMatchObject([{ externalId: serverlessId, state: 'CREATING' }])
    expect(cloud.arrived.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })

  test('that a list is paged by the hundred and filtered here, not there', async () => {
    const filters = (call: Arrived) => [...call.query.keys()]
    const all = Array.from({ length: 101 }, (_, i) => record({ clusterId: `in05-${i}` }))
    await using cloud = await openZilliz((call) => pageOf(all, call))
    expect((await zilliz.find(cloud.account, wanted())).found).toHaveLength(101)
    expect(cloud.arrived.map(filters)).toEqual(Array(2).fill(['pageSize', 'currentPage']))
  })

  test('that STOPPED is suspended, and a status nobody knows is not failed', async () => {
    const statuses = ['STOPPING', 'STOPPED', 'REINDEXING', 'ABNORMAL']
    const all = statuses.map((status, i) => record({ clusterId: `in01-${i}`, status }))
    await using cloud = await openZilliz((call) => pageOf(all, call))
    const { clusters } = await zilliz.list(cloud.account, null)
    expect(clusters.map(({ state }) => state)).toEqual(['SUSPENDING', 'SUSPENDED', 'UNKNOWN', 'FAILED'])
    expect(clusters.map(({ providerState }) => providerState)).toEqual(statuses)
  })

  test('that free and serverless are told apart although both say Serverless', async () => {
    const all = [record({ clusterId: 'in03-1', plan: 'Serverless' }), record({ plan: 'Serverless' })]
    await using cloud = await openZilliz((call) => pageOf(all, call))
    const { clusters } = await zilliz.list(cloud.account, null)
    expect(clusters.map(({ spec }) => spec.plan)).toEqual(['FREE', 'SERVERLESS'])
  })

  test('that serverless cannot be suspended, and the service’s own no is understood too', async () => {
    expect(
      zilliz.refusal('suspend', { externalId: serverlessId, spec: { plan: 'SERVERLESS' } }),
    ).not.toBeNull()
    await using cloud = await openZilliz(() => refusal(96022))
    expect(await failureOf(zilliz.suspend(cloud.account, serverlessId))).toMatchObject({
      kind: 'unsupported',
    })
  })

  test('that "not found or forbidden" proves no deletion without a complete list', async () => {
    await using cloud = await openZilliz((call) =>
      call.path === '/v2/clusters' ? pageOf([record()], call) : refusal(80020),
    )
    expect(await failureOf(zilliz.observe(cloud.account, serverlessId))).toMatchObject({ kind: 'forbidden' })
    expect(await zilliz.observe(cloud.account, dedicatedId)).toBeNull()
  })

  test('that a describe which fails after a create is a failure to be tried again, not an end', async () => {
    await using cloud = await openZilliz(() => refusal(96024, 'Failed query'))
    expect(await failureOf(zilliz.observe(cloud.account, serverlessId))).toMatchObject({ retryable: true })
  })

  test('that both halves of autoscaling go together, and never with a size', async () => {
    await using cloud = await openZilliz(() => success(given))
    const { cuSize: _, ...unsized } = dedicated
    const spec = { ...unsized, autoscaling: { replica: { min: 1, max: 2 } } }
    const change = { spec: { ...spec, cuSize: 16 } }
    await zilliz.update(cloud.account, observed({ spec: dedicated }), change, [])
    expect(cloud.arrived[0]?.body).toEqual({ autoscaling: { cu: {}, replica: { min: 1, max: 2 } } })
  })

  test('that a busy cluster is a matter of time, and too many calls one of the wait it names', async () => {
    await using busy = await openZilliz(() => refusal(40003))
    const wrongState = { kind: 'wrong-state', applied: 'no', retryable: true }
    expect(await failureOf(zilliz.resume(busy.account, dedicatedId))).toMatchObject(wrongState)
    await using hurried = await openZilliz(() => ({
      status: 429,
      headers: { 'retry-after': '2' },
      text: 'Slow down',
    }))
    const limited = { kind: 'rate-limited', applied: 'no', retryable: true, retryAfterMs: 2_000 }
    expect(await failureOf(zilliz.resume(hurried.account, dedicatedId))).toMatchObject(limited)
    expect(zilliz.limits.requestsPerSecond).toBe(20)
  })

  test('that China is a host of its own with rules of its own', () => {
    const settings = zilliz.settingsSchema.parse({ baseUrl: 'https://api.cloud.zilliz.com.cn' })
    const asked = wanted({ region: 'ali-cn-hangzhou', spec: { ...dedicated, tier: 'Standard' } })
    expect(zilliz.check(asked, settings, null)).toMatchObject([{ pointer: '/spec/tier' }])
  })

  test('that the address is what the service says, port and all, and never made up', async () => {
    const connectAddress = 'https://in01-1.aws-us-west-2.vectordb.zillizcloud.com:19530'
    await using cloud = await openZilliz((call) =>
      success(call.path.endsWith(dedicatedId) ? record({ connectAddress }) : record({ connectAddress: '' })),
    )
    expect(await zilliz.observe(cloud.account, dedicatedId)).toMatchObject({ endpoint: connectAddress })
    expect(await zilliz.observe(cloud.account, serverlessId)).toMatchObject({ endpoint: null })
  })

  test('that a delete is DELETE on /drop, and says what stays in the recycle bin', async () => {
    await using cloud = await openZilliz(() => success({ clusterId: dedicatedId, prompt: 'Deleted.' }))
    await zilliz.delete(cloud.account, dedicatedId)
    expect(cloud.arrived).toMatchObject([{ method: 'DELETE', path: `/v2/clusters/${dedicatedId}/drop` }])
    expect(zilliz.residue({ spec: dedicated, region: null })).toContain('recycle bin')
  })

  test('that a rename needs no organization', async () => {
    await using cloud = await openZilliz(() => success({ clusterId: dedicatedId, prompt: 'ok' }))
    await zilliz.update(cloud.account, observed(), { name: 'renamed' }, [])
    expect(cloud.arrived).toMatchObject([
      { method: 'POST', path: `/v2/clusters/${dedicatedId}/modifyProperties` },
    ])
    expect(cloud.arrived[0]?.headers).not.toHaveProperty('orgid')
  })

  test('that only id and status are needed, and fields it does not know do no harm', async () => {
    const fields = { clusterId: dedicatedId, status: 'RUNNING', replica: {}, createTime: 12, brandNew: [1] }
    await using cloud = await openZilliz(() => success(fields))
    expect(await zilliz.observe(cloud.account, dedicatedId)).toMatchObject({
      state: 'READY',
      createTime: null,
    })
  })

  test('that the plan belongs to the project: it cannot change, and a misfit is refused for good', async () => {
    expect(zilliz.mutableSpecFields).not.toContain('plan')
    expect(zilliz.mutableSpecFields).not.toContain('tier')
    await using cloud = await openZilliz(() => refusal(96004, 'Invalid dedicated plan'))
    const failure = await failureOf(zilliz.create(cloud.account, wanted({ spec: dedicated })))
    expect(failure).toMatchObject({ kind: 'invalid', applied: 'no', retryable: false })
  })

  test('that a create may take 45 minutes and an update 30', () => {
    expect(zilliz.limits).toMatchObject({ createTimeoutMs: 45 * 60_000, updateTimeoutMs: 30 * 60_000 })
  })

  test('that an error of another shape is still an error, with its words and without the key', async () => {
    await using cloud = await openZilliz(() => ({ status: 400, json: { error: `bad key ${apiKey}` } }))
    expect(await failureOf(zilliz.create(cloud.account, wanted()))).toMatchObject({
      kind: 'invalid',
      applied: 'no',
      message: 'bad key [redacted]',
      code: null,
    })
  })
})
