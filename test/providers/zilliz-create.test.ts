import { describe, expect, test } from 'vitest'
import { zilliz } from '../../src/providers/zilliz/adapter.ts'
import {
  apiKey,
  dedicatedId,
  failureOf,
  openZilliz,
  projectId,
  serverlessId,
  success,
  wanted,
} from './zilliz-account.ts'

const given = {
  clusterId: serverlessId,
  username: 'db_0123456789abcde',
  password: 'aB3$aB3$aB3$aB3$',
  prompt: 'Submitted.',
}
const common = { clusterName: 'search', projectId, regionId: 'gcp-us-west1' }
const dedicated = { plan: 'DEDICATED', projectId, cuType: 'Performance-optimized' }

async function sentBy(fields: Parameters<typeof wanted>[0]) {
  await using cloud = await openZilliz(() => success(given))
  await zilliz.create(cloud.account, wanted(fields))
  const [call] = cloud.arrived
  return call && { path: call.path, body: call.body }
}

describe('a create', () => {
  test('of a serverless cluster sends the documented request and keeps every field of the answer', async () => {
    await using cloud = await openZilliz(() => success(given, { requestid: 'r1' }))
    expect(await zilliz.create(cloud.account, wanted())).toEqual({
      externalId: serverlessId,
      credentials: { username: given.username, password: given.password },
      observed: null,
      details: { prompt: 'Submitted.' },
      requestId: 'r1',
    })
    expect(cloud.arrived).toMatchObject([
      {
        method: 'POST',
        path: '/v2/clusters/createServerless',
        headers: {
          authorization: `Bearer ${apiKey}`,
          accept: 'application/json',
          'content-type': 'application/json',
        },
        body: common,
      },
    ])
  })

  test('of a serverless cluster sends its description and no labels', async () => {
    const spec = { plan: 'SERVERLESS', projectId, description: 'for search' }
    expect(await sentBy({ spec, labels: { env: 'prod' } })).toEqual({
      path: '/v2/clusters/createServerless',
      body: { ...common, description: 'for search' },
    })
  })

  test('of a free cluster goes to its own route', async () => {
    expect(await sentBy({ spec: { plan: 'FREE', projectId } })).toEqual({
      path: '/v2/clusters/createFree',
      body: common,
    })
  })

  test('of a dedicated cluster sends tier, class, size, replicas and labels', async () => {
    const spec = { ...dedicated, tier: 'Enterprise', cuSize: 8, replica: 2 }
    expect(await sentBy({ spec, labels: { env: 'prod' } })).toEqual({
      path: '/v2/clusters/createDedicated',
      body: {
        ...common,
        plan: 'Enterprise',
        cuType: 'Performance-optimized',
        cuSize: 8,
        replica: 2,
        labels: { env: 'prod' },
      },
    })
  })

  test('of an autoscaled cluster sends the range', async () => {
    const spec = { ...dedicated, autoscaling: { cu: { min: 2, max: 8 } } }
    expect(await sentBy({ spec })).toMatchObject({ body: { autoscaling: { cu: { min: 2, max: 8 } } } })
  })

  test('in one’s own cloud sends bucket and key, and may leave out the region', async () => {
    const own = { bucketInfo: { bucketName: 'data', prefix: 'p/' }, keyIdentifier: 'arn:aws:kms:key' }
    expect(await sentBy({ region: null, spec: { ...dedicated, cuSize: 1, ...own } })).toEqual({
      path: '/v2/clusters/createDedicated',
      body: { clusterName: 'search', projectId, cuType: 'Performance-optimized', cuSize: 1, ...own },
    })
  })

  test.each([
    ['schedules', { cu: { schedules: [{ cron: '0 8 * * *', target: 4 }] } }],
    ['autoscaled replicas', { cu: { min: 1, max: 2 }, replica: { min: 1, max: 2 } }],
  ])('does not drop %s without a word: it is refused unsent', async (_name, autoscaling) => {
    await using cloud = await openZilliz(() => success(given))
    const failure = await failureOf(
      zilliz.create(cloud.account, wanted({ spec: { ...dedicated, autoscaling } })),
    )
    expect(failure).toMatchObject({ kind: 'invalid', applied: 'no', retryable: false })
    expect(cloud.arrived).toHaveLength(0)
  })

  test('without credentials in the answer has none', async () => {
    await using cloud = await openZilliz(() => success({ clusterId: dedicatedId }))
    expect(await zilliz.create(cloud.account, wanted())).toMatchObject({
      externalId: dedicatedId,
      credentials: null,
    })
  })

  test.each([
    ['no id', success({ username: 'db', password: 'p' })],
    ['no object', success('done')],
    ['no data', { json: { code: 0 } }],
    ['neither code nor data', { json: {} }],
    ['no JSON', { text: 'OK' }],
  ] as const)('answered with success but %s may have happened', async (_name, answer) => {
    await using cloud = await openZilliz(() => answer)
    const failure = await failureOf(zilliz.create(cloud.account, wanted()))
    expect(failure).toMatchObject({ kind: 'protocol', applied: 'unknown', httpStatus: 200 })
  })
})
