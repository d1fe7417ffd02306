import { describe, expect, it } from 'vitest'
import { CLUSTERS, EKS, openSandbox } from './fixture.ts'

const ONE = `${CLUSTERS}/one`

describe('behind the API', () => {
  it('a cluster appears, READY and whole', async () => {
    const { call, sandbox } = openSandbox()
    sandbox.addCluster({ clusterId: 'one', displayName: 'One', eksCluster: EKS })
    const fireworksManagerRole = 'arn:aws:iam::123456789012:role/FireworksManagerRole'
    expect((await call('GET', ONE)).body).toMatchObject({
      displayName: 'One',
      state: 'READY',
      eksCluster: { ...EKS, fireworksManagerRole },
    })
    expect((await call('GET', `${ONE}:getConnectionInfo`)).status).toBe(200)
  })

  it('a cluster changes state and fields', async () => {
    const { call, send, sandbox, clock } = openSandbox()
    sandbox.addCluster({ clusterId: 'one', eksCluster: EKS })
    const status = { code: 'UNAVAILABLE', message: 'nodes are gone' } as const
    sandbox.changeCluster('one', { state: 'FAILED', status, eksCluster: { inferenceRole: 'r' } })
    expect((await call('GET', ONE)).body).toMatchObject({
      state: 'FAILED',
      status,
      eksCluster: { ...EKS, inferenceRole: 'r' },
    })
    sandbox.changeCluster('accounts/sandbox/clusters/one', { state: 'READY', displayName: 'Back' })
    expect((await call('GET', ONE)).body).toMatchObject({ state: 'READY', displayName: 'Back' })
    sandbox.changeCluster('one', { state: 'DELETING' })
    clock.advance(1_000_000_000)
    expect((await call('GET', ONE)).body).toMatchObject({ state: 'DELETING' })
    sandbox.changeCluster('one', { state: 'CREATING' })
    expect((await call('GET', ONE)).body).toMatchObject({ state: 'CREATING' })
    sandbox.changeCluster('one', { state: 'MIGRATING' })
    expect(
      JSON.parse(await (await send('GET', ONE, { headers: { 'x-api-key': sandbox.apiKey } })).text()),
    ).toMatchObject({
      state: 'MIGRATING',
    })
  })

  it('a cluster vanishes, and stays on the operator’s list', async () => {
    const { call, sandbox } = openSandbox()
    sandbox.addCluster({ clusterId: 'one' })
    expect(sandbox.removeCluster('one')).toBe(true)
    expect(sandbox.removeCluster('one')).toBe(false)
    expect((await call('GET', ONE)).status).toBe(404)
    expect(sandbox.clusters()).toMatchObject([{ clusterId: 'one', state: 'GONE', deleted: true }])
  })

  it('ids stay unique and accounts must exist', () => {
    const { sandbox } = openSandbox({ accounts: [{ accountId: 'second' }] })
    sandbox.addCluster({ clusterId: 'one' })
    expect(() => sandbox.addCluster({ clusterId: 'one' })).toThrow('There is such a cluster.')
    expect(() => sandbox.addCluster({ clusterId: 'one', accountId: 'none' })).toThrow(
      'There is no such account.',
    )
    expect(sandbox.addCluster({ clusterId: 'one', accountId: 'second' })).toMatchObject({
      accountId: 'second',
    })
    expect(sandbox.changeCluster('none', {})).toBeNull()
  })

  it('everything is as new after a reset', async () => {
    const { call, create, sandbox } = openSandbox()
    await create('one')
    sandbox.suspend('sandbox', 'CREDIT_DEPLETED')
    sandbox.faults.add({ operation: '*', fault: { kind: 'hang' } })
    sandbox.reset()
    expect(sandbox.requests.list()).toEqual([])
    expect((await call('GET', CLUSTERS)).body).toMatchObject({ totalSize: 0 })
    expect((await call('GET', '/v1/accounts/sandbox/auditLogs')).body).toMatchObject({ totalSize: 0 })
  })
})

it('the help names every operation and every call', async () => {
  const { send, sandbox } = openSandbox()
  expect(await (await send('GET', '/_sandbox')).json()).toMatchObject({
    provider: 'fireworks',
    operations: sandbox.operations,
    calls: { 'PATCH /_sandbox/mode': expect.any(String), 'POST /_sandbox/faults': expect.any(String) },
  })
})

it('the request log has every call with its outcome and id, and no key', async () => {
  const { call, send, sandbox } = openSandbox()
  const { headers } = await call('GET', `${ONE}?readMask=name`)
  await send('GET', '/nothing', { headers: { 'x-api-key': 'secret-key' } })
  expect(sandbox.requests.list()).toEqual([
    {
      time: '2026-03-01T12:00:00.250Z',
      operation: 'getCluster',
      method: 'GET',
      path: `${ONE}?readMask=name`,
      status: 404,
      requestId: headers.get('x-request-id'),
    },
    expect.objectContaining({ operation: 'unknown', path: '/nothing', status: 404 }),
  ])
  expect(JSON.stringify(sandbox.requests.list())).not.toContain('key')
})
