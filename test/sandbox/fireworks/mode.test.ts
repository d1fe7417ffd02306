import { describe, expect, it } from 'vitest'
import { CLUSTERS, openSandbox } from './fixture.ts'
import { schemaErrors } from './schemas.ts'

const ONE = `${CLUSTERS}/one`

describe('the mode can be that', () => {
  it('the last page has no token', async () => {
    const { call, create, sandbox } = openSandbox()
    await create('one')
    await create('two')
    expect((await call('GET', CLUSTERS)).body).toHaveProperty('nextPageToken', '')
    sandbox.mode.lastPageToken = 'omitted'
    expect((await call('GET', CLUSTERS)).body).not.toHaveProperty('nextPageToken')
    expect((await call('GET', `${CLUSTERS}?pageSize=1`)).body).toHaveProperty('nextPageToken')
  })

  it('the kind that a cluster is not reads null', async () => {
    const { create, sandbox } = openSandbox({ mode: { unsetFields: 'null' } })
    expect((await create('one')).body).toHaveProperty('fakeCluster', null)
    sandbox.mode.unsetFields = 'omitted'
    expect((await create('two')).body).not.toHaveProperty('fakeCluster')
  })

  it('clusters have fields that no document names', async () => {
    const { call, create, sandbox } = openSandbox({ mode: { hiddenFields: true } })
    const hidden = { annotations: {}, isDlde: false, meteringKey: expect.any(String) }
    const { body } = await create('one')
    expect(body).toMatchObject(hidden)
    expect(schemaErrors('gatewayCluster', body)).toHaveLength(3)
    expect((await call('GET', CLUSTERS)).body).toMatchObject({ clusters: [hidden] })
    sandbox.mode.hiddenFields = false
    expect((await call('GET', ONE)).body).not.toHaveProperty('meteringKey')
  })

  it('connection info is empty before the cluster is READY', async () => {
    const { call, create } = openSandbox({ mode: { connectionInfoBeforeReady: 'empty' } })
    await create('one')
    const { status, body } = await call('GET', `${ONE}:getConnectionInfo`)
    expect([status, body]).toEqual([200, { endpoint: '', caData: '' }])
  })

  it.each([
    ['NOT_FOUND', 404, 5],
    ['UNIMPLEMENTED', 501, 12],
    ['PERMISSION_DENIED', 403, 7],
  ] as const)('clusters are not enabled: %s', async (clusterCollection, status, code) => {
    const { call, create } = openSandbox({ mode: { clusterCollection } })
    const refusal = { status, body: { code } }
    expect(await create('one')).toMatchObject(refusal)
    expect(await call('GET', CLUSTERS)).toMatchObject(refusal)
    expect(await call('DELETE', ONE)).toMatchObject(refusal)
    expect((await call('GET', '/v1/accounts/sandbox')).status).toBe(200)
  })
})

describe('over HTTP the mode', () => {
  it('is shown and changed', async () => {
    const { send, sandbox } = openSandbox()
    const patch = (body: unknown) => send('PATCH', '/_sandbox/mode', { body: JSON.stringify(body) })
    const changed = await patch({ hiddenFields: true })
    expect(await changed.json()).toMatchObject({ hiddenFields: true, lastPageToken: 'empty' })
    expect(sandbox.mode.hiddenFields).toBe(true)
    expect(await (await send('GET', '/_sandbox/mode')).json()).toEqual(sandbox.mode)
  })

  it.each([{ nothing: 1 }, { hiddenFields: 'yes' }, []])('is not changed by %j', async (body) => {
    const { send, sandbox } = openSandbox()
    const before = { ...sandbox.mode }
    expect((await send('PATCH', '/_sandbox/mode', { body: JSON.stringify(body) })).status).toBe(400)
    expect(sandbox.mode).toEqual(before)
  })
})

it('suspends an account over HTTP', async () => {
  const { send, call } = openSandbox()
  const body = JSON.stringify({ suspendState: 'BLOCKED_BY_ABUSE_RULE' })
  expect((await send('PATCH', '/_sandbox/accounts/sandbox', { body })).status).toBe(204)
  expect((await call('GET', CLUSTERS)).status).toBe(403)
  expect((await send('PATCH', '/_sandbox/accounts/none', { body })).status).toBe(404)
  expect((await send('PATCH', '/_sandbox/accounts/sandbox', { body: '{}' })).status).toBe(400)
})
