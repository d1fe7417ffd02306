import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { CLUSTERS, openSandbox } from './fixture.ts'

const ONE = `${CLUSTERS}/one`

describe('a cluster', () => {
  it('is CREATING for as long as it takes, then READY, with the time of the change', async () => {
    const { create, call, clock } = openSandbox({ provisioningMs: 5000 })
    await create('one')
    clock.advance(4999)
    expect((await call('GET', ONE)).body).toMatchObject({ state: 'CREATING' })
    clock.advance(1)
    expect((await call('GET', ONE)).body).toMatchObject({
      state: 'READY',
      createTime: '2026-03-01T12:00:00.250Z',
      updateTime: '2026-03-01T12:00:05.250Z',
    })
  })

  it('that fails says why, with the code as text, and can only be deleted', async () => {
    const { create, call, clock, sandbox } = openSandbox()
    sandbox.faults.add({ operation: 'createCluster', fault: { kind: 'fail' } })
    expect((await create('one')).body).toMatchObject({
      state: 'CREATING',
      status: { code: 'OK', message: '' },
    })
    clock.advance(20_000)
    const role = 'arn:aws:iam::123456789012:role/FireworksManagerRole'
    const failed = {
      state: 'FAILED',
      status: { code: 'PERMISSION_DENIED', message: `Unable to assume role ${role}: AccessDenied` },
    }
    expect((await call('GET', ONE)).body).toMatchObject(failed)
    await call('PATCH', ONE, { eksCluster: { fireworksManagerRole: 'arn:aws:iam::1:role/Other' } })
    clock.advance(1_000_000)
    expect((await call('GET', ONE)).body).toMatchObject({ state: 'FAILED' })
    expect((await call('DELETE', ONE)).status).toBe(200)
  })

  it('is DELETING once deleted, refuses all else, and then is not found', async () => {
    const { create, call, clock } = openSandbox({ deletingMs: 3000 })
    await create('one')
    expect(await call('DELETE', ONE)).toMatchObject({ status: 200, body: {} })
    expect((await call('GET', ONE)).body).toMatchObject({ state: 'DELETING' })
    const refusal = { status: 400, body: { code: 9 } }
    expect(await call('PATCH', ONE, { displayName: 'x' })).toMatchObject(refusal)
    expect(await call('DELETE', ONE)).toMatchObject(refusal)
    expect(await call('GET', `${ONE}:getConnectionInfo`)).toMatchObject(refusal)
    clock.advance(3000)
    for (const [method, path] of [
      ['GET', ONE],
      ['PATCH', ONE],
      ['DELETE', ONE],
      ['GET', `${ONE}:getConnectionInfo`],
    ] as const)
      expect(await call(method, path)).toMatchObject({ status: 404, body: { code: 5 } })
    expect((await call('GET', CLUSTERS)).body).toMatchObject({ clusters: [], totalSize: 0 })
  })

  it('shows only the fields of a readMask; the others read as if they had never been set', async () => {
    const { create, call } = openSandbox()
    await create('one', { displayName: 'One', eksCluster: { awsAccountId: '1', region: 'r' } })
    const { body } = await call('GET', `${ONE}?readMask=name,eks_cluster.region`)
    expect(body).toMatchObject({
      name: 'accounts/sandbox/clusters/one',
      displayName: '',
      state: 'STATE_UNSPECIFIED',
      eksCluster: { awsAccountId: '', region: 'r' },
    })
    expect(body).not.toHaveProperty('createTime')
    expect((await call('GET', `${ONE}?readMask=*`)).body).toMatchObject({ displayName: 'One' })
    expect((await call('GET', `${ONE}?readMask=displayName`)).body).toMatchObject({ code: 3 })
  })
})

describe('connection info', () => {
  it('is an API server address and a certificate, once the cluster is READY', async () => {
    const { create, call, clock } = openSandbox()
    await create('one')
    expect(await call('GET', `${ONE}:getConnectionInfo`)).toMatchObject({ status: 400, body: { code: 9 } })
    clock.advance(20_000)
    const { body } = await call('GET', `${ONE}:getConnectionInfo`)
    expect(body.endpoint).toMatch(/^https:\/\/[0-9A-F]{32}\.gr7\.us-east-1\.eks\.amazonaws\.com$/)
    const pem = Buffer.from(String(body.caData), 'base64').toString()
    expect(pem).toMatch(/^-----BEGIN CERTIFICATE-----\n/)
    expect(new X509Certificate(pem).ca).toBe(true)
    expect(Object.keys(body)).toEqual(['endpoint', 'caData'])
  })

  it('takes a readMask', async () => {
    const { create, call, clock } = openSandbox()
    await create('one')
    clock.advance(20_000)
    expect((await call('GET', `${ONE}:getConnectionInfo?readMask=endpoint`)).body).toMatchObject({
      caData: '',
    })
  })

  it('is not found under an escaped colon, nor under another verb', async () => {
    const { create, call, clock } = openSandbox()
    await create('one')
    clock.advance(20_000)
    expect((await call('GET', `${ONE}%3AgetConnectionInfo`)).status).toBe(404)
    expect((await call('GET', `${ONE}:getSomething`)).status).toBe(404)
  })
})

it('gives the same answers to the same calls when its randomness is the same', async () => {
  const run = async () => {
    const { create, call, clock } = openSandbox()
    await create('one')
    clock.advance(20_000)
    const info = await call('GET', `${ONE}:getConnectionInfo`)
    const log = await call('GET', '/v1/accounts/sandbox/auditLogs')
    return [info.body, info.headers.get('x-request-id'), log.body]
  }
  expect(await run()).toEqual(await run())
})
