import { describe, expect, test } from 'vitest'
import type { Json } from '../../src/cluster/json.ts'
import { zilliz } from '../../src/providers/zilliz/adapter.ts'
import type { Answer, Arrived } from './scripted-upstream.ts'
import { badGateway, failureOf, openZilliz, projectId, refusal, success } from './zilliz-account.ts'

const clouds = [
  { cloudId: 'aws', description: 'Amazon Web Services' },
  { cloudId: 'azure', description: 'Microsoft Azure' },
]
const aws = { cloudId: 'aws', regionId: 'aws-us-west-2', domain: 'api.cloud.zilliz.com' }
const azure = { cloudId: 'azure', regionId: 'az-eastus', supportedClusterTypes: ['free', 'dedicated'] }
const projects: Json = [
  { projectId, projectName: 'Default Project', instanceCount: 3, createTime: '2025-02-09T11:14:00Z' },
  { projectId: 'proj-2', projectName: 'Two', instanceCount: '4', plan: 'Enterprise', regionIds: [] },
  { projectName: 'without an id' },
]

function service(overrides: Record<string, Answer> = {}) {
  return ({ path, query }: Arrived): Answer => {
    const name = path.replace('/v2/', '')
    if (overrides[name]) return overrides[name]
    if (name === 'clouds') return success(clouds)
    if (name === 'projects') return success(projects)
    const all = [aws, azure]
    const cloudId = query.get('cloudId')
    return success(cloudId === null ? all : all.filter((region) => region.cloudId === cloudId))
  }
}

describe('what an account offers', () => {
  const regions = [
    { regionId: 'aws-us-west-2', cloudId: 'aws' },
    { regionId: 'az-eastus', cloudId: 'azure', supportedPlans: ['FREE', 'DEDICATED'] },
  ]

  test('regions of every cloud, and projects', async () => {
    await using cloud = await openZilliz(service())
    expect(await zilliz.directory(cloud.account)).toEqual({
      regions,
      projects: [
        { projectId, projectName: 'Default Project', clusterCount: 3 },
        { projectId: 'proj-2', projectName: 'Two', clusterCount: 4, plan: 'Enterprise' },
      ],
    })
  })

  test('regions all at once where the clouds are not to be had', async () => {
    await using cloud = await openZilliz(service({ clouds: refusal(400, 'No.', 404) }))
    expect((await zilliz.directory(cloud.account)).regions).toEqual(regions)
  })

  test('null is what the key may not see', async () => {
    await using cloud = await openZilliz(service({ projects: refusal(96013), regions: refusal(96027) }))
    expect(await zilliz.directory(cloud.account)).toEqual({ regions: null, projects: null })
  })

  test('is a failure when the service fails', async () => {
    await using cloud = await openZilliz(service({ regions: badGateway }))
    expect(await failureOf(zilliz.directory(cloud.account))).toMatchObject({ kind: 'unavailable' })
  })
})

describe('verifying a connection', () => {
  test('reads the projects and changes nothing', async () => {
    await using cloud = await openZilliz(() => success(projects, { requestid: 'r1' }))
    expect(await zilliz.verify(cloud.account)).toEqual({ account: null, requestId: 'r1' })
    expect(cloud.arrived).toMatchObject([{ method: 'GET', path: '/v2/projects' }])
  })

  test('fails with a key that the service refuses', async () => {
    await using cloud = await openZilliz(() => refusal(21119, 'The apikey is illegal', 401))
    expect(await failureOf(zilliz.verify(cloud.account))).toMatchObject({
      kind: 'unauthenticated',
      code: '21119',
      httpStatus: 401,
    })
  })
})
