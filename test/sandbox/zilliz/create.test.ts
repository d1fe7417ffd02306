import { describe, expect, it } from 'vitest'
import { setUp } from './fixture.ts'

const PROMPT =
  'Successfully submitted, cluster is being created. You can access data about the creation progress and status of your cluster by DescribeCluster API. Once the cluster status is RUNNING, you may access your vector database using the SDK with the admin account and the initial password you specified.'

describe('a create', () => {
  it.each([
    ['Free', /^in03-[0-9a-f]{15}$/],
    ['Serverless', /^in05-[0-9a-f]{15}$/],
    ['Dedicated', /^in01-[0-9a-f]{15}$/],
  ] as const)('of a %s cluster answers its id, its prompt and its first user', async (kind, id) => {
    const { create } = setUp()
    const { status, code, data } = await create(kind)
    expect([status, code]).toEqual([200, 0])
    expect(Object.keys(data)).toEqual(['clusterId', 'prompt', 'username', 'password'])
    expect(data.clusterId).toMatch(id)
    expect(data.prompt).toBe(PROMPT)
    const tail = String(data.clusterId).slice(5)
    expect(data.username).toBe(kind === 'Dedicated' ? 'db_admin' : `db_${tail}`)
  })

  it('hands out a password of 16 characters of four classes that is seen nowhere afterwards', async () => {
    const { create, sandbox, describeCluster, call } = setUp()
    const { data } = await create('Serverless')
    const password = String(data.password)
    expect(password).toHaveLength(16)
    for (const characters of [/[A-Z]/, /[a-z]/, /[0-9]/, /[^A-Za-z0-9]/]) expect(password).toMatch(characters)
    const later = [await describeCluster(String(data.clusterId)), await call('GET', '/v2/clusters')]
    expect(JSON.stringify([later, sandbox.clusters(), sandbox.requests.list()])).not.toContain(password)
  })

  it('is the same every time with the same random numbers', async () => {
    const [one, other] = [await setUp().create('Serverless'), await setUp().create('Serverless')]
    expect(one.data).toEqual(other.data)
  })

  it('takes its whole body over into the cluster', async () => {
    const { create, describeCluster, enterprise } = setUp()
    const labels = { env: 'prod', 'acme.io/team': 'search' }
    const fields = { clusterName: 'big', cuSize: 8, replica: 2, plan: 'Enterprise', labels }
    const { data } = await create('Dedicated', fields)
    const { data: row } = await describeCluster(String(data.clusterId))
    expect(row).toMatchObject({
      clusterName: 'big',
      projectId: enterprise,
      regionId: 'gcp-us-west1',
      plan: 'Enterprise',
      cuType: 'Performance-optimized',
      cuSize: 8,
      replica: 2,
      labels,
    })
  })

  it('starts at the smallest size when it scales by itself', async () => {
    const { create, describeCluster } = setUp()
    const autoscaling = { cu: { min: 2, max: 8 } }
    const { data } = await create('Dedicated', { cuSize: undefined, autoscaling })
    const { data: row } = await describeCluster(String(data.clusterId))
    expect(row).toMatchObject({ cuSize: 2, autoscaling })
  })
})

describe('a create is refused', () => {
  it.each([
    ['a name with other characters', 'Serverless', { clusterName: 'no_good' }, 96010],
    ['a name over 32', 'Serverless', { clusterName: 'n'.repeat(33) }, 96010],
    ['no name', 'Free', { clusterName: undefined }, 96010],
    ['a malformed project', 'Serverless', { projectId: 'nope' }, 96005],
    ['a project that does not exist', 'Serverless', { projectId: `proj-${'0'.repeat(22)}` }, 96005],
    ['no region', 'Serverless', { regionId: undefined }, 96001],
    ['a region that does not exist', 'Dedicated', { regionId: 'gcp-moon-1' }, 96001],
    ['a long description', 'Free', { description: 'd'.repeat(257) }, 80011],
    ['free where there is none', 'Free', { regionId: 'az-eastus' }, 96019],
    ['serverless where there is none', 'Serverless', { regionId: 'az-eastus' }, 96020],
    ['a plan that is not the project’s', 'Dedicated', { plan: 'Standard' }, 96004],
    ['an unknown CU type', 'Dedicated', { cuType: 'Quantum' }, 96003],
    ['no CU type', 'Dedicated', { cuType: undefined }, 96003],
    ['no size', 'Dedicated', { cuSize: undefined }, 96002],
    ['a size of zero', 'Dedicated', { cuSize: 0 }, 96002],
    ['a size and a range', 'Dedicated', { autoscaling: { cu: { min: 1, max: 2 } } }, 96002],
    ['a size that is not made', 'Dedicated', { cuSize: 3 }, 96023],
    ['tiered storage below 8', 'Dedicated', { cuType: 'Tiered-storage', cuSize: 4 }, 96023],
    ['replicas of a small cluster', 'Dedicated', { cuSize: 4, replica: 2 }, 96023],
    ['replica autoscaling from the start', 'Dedicated', { autoscaling: { replica: {} } }, 80000],
    ['labels that are not labels', 'Serverless', { labels: { 'no spaces': 'x' } }, 80000],
  ] as const)('%s', async (_, kind, fields, code) => {
    const { create, sandbox } = setUp()
    const reply = await create(kind, fields)
    expect([reply.status, reply.code, reply.data]).toEqual([200, code, undefined])
    expect(reply.message).not.toBe('')
    expect(sandbox.clusters()).toEqual([])
  })

  it('replicas on the Standard plan', async () => {
    const { create, standard } = setUp()
    expect((await create('Dedicated', { projectId: standard, cuSize: 8, replica: 2 })).code).toBe(96028)
    expect((await create('Dedicated', { projectId: standard, cuSize: 36 })).code).toBe(96023)
  })

  it('a body that is not JSON', async () => {
    const { call } = setUp()
    expect(await call('POST', '/v2/clusters/createFree', '{"clusterName":')).toMatchObject({
      status: 200,
      code: 80000,
    })
  })

  it('a taken name, in the project only', async () => {
    const { create, standard } = setUp()
    await create('Serverless')
    const again = await create('Dedicated')
    expect(again).toMatchObject({
      status: 200,
      code: 40013,
      message: 'The specified cluster name already exists.',
    })
    expect((await create('Serverless', { projectId: standard })).code).toBe(0)
  })

  it('a second free cluster of the organization', async () => {
    const { create, standard } = setUp({ mode: { freeQuotaCode: 12345 } })
    await create('Free')
    expect((await create('Free', { projectId: standard })).code).toBe(12345)
  })

  it('one more than the project may have', async () => {
    const { create, standard } = setUp({
      quotas: { serverlessPerProject: 1 },
      mode: { clusterQuotaCode: 777 },
    })
    await create('Serverless')
    expect((await create('Serverless', { clusterName: 'another' })).code).toBe(777)
    expect((await create('Serverless', { projectId: standard })).code).toBe(0)
  })
})
