import { expect, it } from 'vitest'
import { CLUSTERS, EKS, openSandbox, START } from './fixture.ts'

const LOG = '/v1/accounts/sandbox/auditLogs'
const ONE = 'accounts/sandbox/clusters/one'

it('tells who asked for what and how it ended, newest first', async () => {
  const { create, call, send, clock } = openSandbox()
  await create('one', { eksCluster: EKS })
  clock.advance(1000)
  await create('one')
  await call('PATCH', `${CLUSTERS}/one`, { displayName: 'One' })
  await send('DELETE', `${CLUSTERS}/one`, {
    headers: {
      'x-api-key': 'fireworks-sandbox-key',
      'user-agent': 'drill/1',
      'x-forwarded-for': '192.0.2.7, 10.0.0.1',
    },
  })
  const { body } = await call('GET', LOG)
  const common = {
    principal: 'owner@sandbox.example',
    resource: ONE,
    apiKeyId: 'key-1',
    isAdminAction: false,
  }
  expect(body).toMatchObject({
    totalSize: 4,
    auditLogs: [
      {
        ...common,
        method: 'DeleteCluster',
        userAgent: 'drill/1',
        clientIp: '192.0.2.7',
        payload: { name: ONE },
      },
      { ...common, method: 'UpdateCluster', payload: { name: ONE, displayName: 'One' } },
      { ...common, method: 'CreateCluster', status: { code: 'ALREADY_EXISTS' } },
      {
        ...common,
        method: 'CreateCluster',
        status: { code: 'OK', message: '' },
        payload: { clusterId: 'one', cluster: { eksCluster: EKS } },
        timestamp: new Date(START).toISOString(),
      },
    ],
  })
})

it('holds no reads and no calls that never came through', async () => {
  const { call, create, send, sandbox } = openSandbox()
  await call('GET', CLUSTERS)
  await send('DELETE', `${CLUSTERS}/one`)
  sandbox.faults.add({ operation: 'createCluster', fault: { kind: 'error', code: 14, message: 'later' } })
  await create('one')
  expect((await call('GET', LOG)).body).toMatchObject({ auditLogs: [], totalSize: 0 })
})

it('has pages of 10, and is searched by time and by e-mail', async () => {
  const { call, clock } = openSandbox()
  for (let n = 0; n < 12; n += 1) {
    await call('DELETE', `${CLUSTERS}/none`)
    clock.advance(1000)
  }
  const { body } = await call('GET', LOG)
  expect(body.auditLogs).toHaveLength(10)
  expect((await call('GET', `${LOG}?pageToken=${body.nextPageToken}`)).body.auditLogs).toHaveLength(2)
  const from = new Date(START + 9000).toISOString()
  expect((await call('GET', `${LOG}?startTime=${from}`)).body.totalSize).toBe(3)
  expect((await call('GET', `${LOG}?endTime=${from}`)).body.totalSize).toBe(10)
  expect((await call('GET', `${LOG}?email=nobody@sandbox.example`)).body.totalSize).toBe(0)
  expect((await call('GET', `${LOG}?startTime=yesterday`)).body).toMatchObject({ code: 3 })
  clock.advance(31 * 24 * 60 * 60 * 1000)
  expect((await call('GET', LOG)).body.totalSize).toBe(0)
})

it('is for enterprise accounts only', async () => {
  const accounts = [{ accountId: 'small', accountType: 'ACCOUNT_TYPE_UNSPECIFIED' }] as const
  const { call } = openSandbox({ accounts })
  expect(await call('GET', '/v1/accounts/small/auditLogs')).toMatchObject({ status: 403, body: { code: 7 } })
})
