import { describe, expect, test } from 'vitest'
import { clusterStates } from '../../src/cluster/cluster.ts'
import type { JsonObject } from '../../src/cluster/json.ts'
import { zilliz } from '../../src/providers/zilliz/adapter.ts'
import { specSchema } from '../../src/providers/zilliz/spec.ts'
import {
  badGateway,
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
} from './zilliz-account.ts'

async function observedFrom(fields: JsonObject) {
  await using cloud = await openZilliz(() => success(record(fields), { requestid: 'r1' }))
  return await zilliz.observe(cloud.account, dedicatedId)
}

describe('what a describe tells', () => {
  test('of a serverless cluster', async () => {
    const told = await observedFrom({
      description: 'for search',
      regionId: 'gcp-us-west1',
      cuType: '',
      plan: 'Serverless',
      connectAddress: 'https://in05-0123456789abcde.serverless.gcp-us-west1.cloud.zilliz.com',
      privateLinkAddress: '',
      createTime: '2026-01-02T03:04:05Z',
      cuSize: 0,
      createProgress: 100,
    })
    expect(told).toEqual({
      externalId: serverlessId,
      name: 'search',
      scope: projectId,
      region: 'gcp-us-west1',
      displayName: null,
      state: 'READY',
      stateReason: null,
      providerState: 'RUNNING',
      endpoint: 'https://in05-0123456789abcde.serverless.gcp-us-west1.cloud.zilliz.com',
      spec: { plan: 'SERVERLESS', projectId, description: 'for search' },
      createTime: Date.parse('2026-01-02T03:04:05Z'),
      requestId: 'r1',
    })
  })

  const dedicated = { clusterId: dedicatedId, plan: 'Enterprise', cuType: 'Tiered-storage', cuSize: 8 }
  const facts = { plan: 'DEDICATED', projectId, tier: 'Enterprise', cuType: 'Tiered-storage' }
  test.each([
    ['replicas as a number', { replica: 2 }, { cuSize: 8, replica: 2 }],
    ['replicas as a string', { replica: '2' }, { cuSize: 8, replica: 2 }],
    ['no replicas at all', {}, { cuSize: 8 }],
    ['a key of its own', { keyIdentifier: 'arn:k' }, { cuSize: 8, keyIdentifier: 'arn:k' }],
    ['a description that nobody wrote', { description: 'pre create instance' }, { cuSize: 8 }],
    ['an empty autoscaling', { autoscaling: { cu: {}, replica: null } }, { cuSize: 8 }],
    [
      'a range, which the size follows',
      { autoscaling: { cu: { min: 8, max: 16, schedules: null } } },
      { autoscaling: { cu: { min: 8, max: 16 } } },
    ],
    [
      'schedules of replicas',
      {
        replica: 2,
        autoscaling: { replica: { schedules: [{ cron: '0 8 * * *', target: 2, enabled: true }] } },
      },
      { cuSize: 8, autoscaling: { replica: { schedules: [{ cron: '0 8 * * *', target: 2 }] } } },
    ],
  ])('of a dedicated cluster with %s fits the spec', async (_name, fields: JsonObject, expected) => {
    const told = await observedFrom({ ...dedicated, ...fields })
    expect(told?.spec).toEqual({ ...facts, ...expected })
    expect(specSchema.safeParse(told?.spec).success).toBe(true)
  })

  test('nothing but id and status is needed', async () => {
    await using cloud = await openZilliz(() => success({ clusterId: dedicatedId, status: 'CREATING' }))
    expect(await zilliz.observe(cloud.account, dedicatedId)).toMatchObject({
      externalId: dedicatedId,
      name: '',
      scope: '',
      region: null,
      state: 'CREATING',
      endpoint: null,
      spec: { plan: 'DEDICATED' },
      createTime: null,
    })
  })

  test('no id is an answer that cannot be understood', async () => {
    await using cloud = await openZilliz(() => success({ status: 'RUNNING' }))
    expect(await failureOf(zilliz.observe(cloud.account, dedicatedId))).toMatchObject({ kind: 'protocol' })
  })

  test.each([
    ['in03-1', 'Serverless', undefined, 'FREE'],
    ['in03-1', 'Free', undefined, 'FREE'],
    ['in05-1', 'Free', undefined, 'SERVERLESS'],
    ['in09-1', 'Standard', 'Serverless', 'SERVERLESS'],
    ['in09-1', 'Free', undefined, 'FREE'],
    ['in01-1', 'BusinessCritical', undefined, 'DEDICATED'],
    ['in01-1', '', 'Dedicated', 'DEDICATED'],
    ['in07-1', 'OnDemand', undefined, undefined],
  ])('%s with plan %s and option %s is %s', async (clusterId, plan, option, expected) => {
    const told = await observedFrom({ clusterId, plan, ...(option ? { deploymentOption: option } : {}) })
    expect(told?.spec.plan).toBe(expected)
  })
})

describe('every status has a state', () => {
  test.each([
    ['CREATING', 'CREATING'],
    ['INITIALIZING', 'CREATING'],
    ['RUNNING', 'READY'],
    ['MODIFYING', 'UPDATING'],
    ['CU_MODIFYING', 'UPDATING'],
    ['RESIZING', 'UPDATING'],
    ['UPGRADING', 'UPDATING'],
    ['MIGRATING', 'UPDATING'],
    ['RESTORE_BACKUP', 'UPDATING'],
    ['WRITING_OPERATION', 'UPDATING'],
    ['SET_PRIVATE_LINK', 'UPDATING'],
    ['STOPPING', 'SUSPENDING'],
    ['SUSPENDING', 'SUSPENDING'],
    ['FREEZING', 'SUSPENDING'],
    ['STOPPED', 'SUSPENDED'],
    ['SUSPENDED', 'SUSPENDED'],
    ['FROZEN', 'SUSPENDED'],
    ['RESUMING', 'RESUMING'],
    ['UNFREEZED', 'RESUMING'],
    ['DELETING', 'DELETING'],
    ['ABNORMAL', 'FAILED'],
    ['DEFRAGMENTING', 'UNKNOWN'],
    ['constructor', 'UNKNOWN'],
  ])('%s: %s', async (status, state) => {
    expect(clusterStates).toContain(state)
    expect(await observedFrom({ status })).toMatchObject({ state, providerState: status })
  })

  test('what is frozen or broken says so', async () => {
    for (const status of ['FREEZING', 'FROZEN', 'ABNORMAL']) {
      expect((await observedFrom({ status }))?.stateReason).toContain('Zilliz Cloud')
    }
  })
})

describe('a cluster that is not there', () => {
  test.each([
    ['code 404', refusal(404, 'not found', 404)],
    ['code 96018', refusal(96018)],
    ['code 96018 with a 404', refusal(96018, 'No.', 404)],
    ['code 40021', refusal(40021)],
    ['code 90102', refusal(90102)],
    ['status DELETED', success(record({ status: 'DELETED' }))],
  ])('%s is plain', async (_name, answer) => {
    await using cloud = await openZilliz(() => answer)
    expect(await zilliz.observe(cloud.account, dedicatedId)).toBeNull()
    expect(cloud.arrived).toHaveLength(1)
  })

  const hints = [
    ['code 80020', refusal(80020, "Cluster not exist or you don't have permission.")],
    ['a bare 404', { status: 404, text: '' }],
    ['a 404 page', { status: 404, text: '<h1>Not found</h1>' }],
    ['a 404 in another shape', { status: 404, json: { error: 'not found' } }],
  ] as const
  test.each(hints)('%s is gone when the complete list lacks it', async (_name, answer) => {
    await using cloud = await openZilliz((call) =>
      call.path === '/v2/clusters' ? pageOf([record()], call) : answer,
    )
    expect(await zilliz.observe(cloud.account, dedicatedId)).toBeNull()
    expect(await zilliz.delete(cloud.account, dedicatedId)).toEqual({ requestId: null })
  })

  test.each(hints)('%s is a failure when the list has it', async (_name, answer) => {
    await using cloud = await openZilliz((call) =>
      call.path === '/v2/clusters' ? pageOf([record({ clusterId: dedicatedId })], call) : answer,
    )
    expect((await failureOf(zilliz.observe(cloud.account, dedicatedId))).httpStatus).toBe(
      'status' in answer ? answer.status : 200,
    )
    await failureOf(zilliz.delete(cloud.account, dedicatedId))
  })

  test.each(hints)('%s is a failure when there is no complete list', async (_name, answer) => {
    await using cloud = await openZilliz((call) => (call.path === '/v2/clusters' ? badGateway : answer))
    expect(await failureOf(zilliz.observe(cloud.account, dedicatedId))).toMatchObject({ kind: 'unavailable' })
  })

  test('is not proved by an address that answers 404 to everything', async () => {
    await using cloud = await openZilliz(() => ({ status: 404, text: '404 page not found' }))
    expect((await failureOf(zilliz.observe(cloud.account, dedicatedId))).kind).not.toBe('not-found')
  })
})

test('the way in is the address that the service tells, and nothing while it tells none', async () => {
  await using cloud = await openZilliz(() => success(null))
  const endpoint = 'https://in01-1.aws-us-west-2.vectordb.zillizcloud.com:19530'
  expect(await zilliz.access(cloud.account, observed({ endpoint }))).toEqual({ endpoint })
  expect(await zilliz.access(cloud.account, observed())).toBeNull()
  expect(cloud.arrived).toHaveLength(0)
})
