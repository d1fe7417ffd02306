import { describe, expect, it } from 'vitest'
import type { Fault } from '../../../src/sandbox/faults.ts'
import type { FireworksSandboxOptions } from '../../../src/sandbox/fireworks/sandbox.ts'
import { serveEmulator } from '../../../src/sandbox/server.ts'
import { CLUSTERS, EKS, openSandbox } from './fixture.ts'

const ONE = `${CLUSTERS}/one`

/** The sandbox on a real port, its faults added over HTTP as an operator would. */
async function serve(options?: FireworksSandboxOptions) {
  const { sandbox, clock } = openSandbox(options)
  const server = await serveEmulator(sandbox, { port: 0 })
  const call = (method: string, path: string, body?: object, signal?: AbortSignal) =>
    fetch(`${server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${sandbox.apiKey}` },
      ...(body ? { body: JSON.stringify(body) } : {}),
      ...(signal ? { signal } : {}),
    })
  const create = (signal?: AbortSignal) =>
    call('POST', CLUSTERS, { clusterId: 'one', cluster: { eksCluster: EKS } }, signal)
  const fault = (operation: string, given: Fault, more: object = {}) =>
    call('POST', '/_sandbox/faults', { operation, fault: given, ...more })
  const stateOf = async (path: string) => {
    const { state } = JSON.parse(await (await call('GET', path)).text())
    return state
  }
  return { sandbox, clock, call, create, fault, stateOf, [Symbol.asyncDispose]: () => server.close() }
}

describe('a lost connection', () => {
  it('before the call took effect leaves nothing behind', async () => {
    await using api = await serve()
    await api.fault('createCluster', { kind: 'dropBefore' })
    await expect(api.create()).rejects.toThrow()
    expect((await api.call('GET', ONE)).status).toBe(404)
    expect((await api.create()).status).toBe(200)
  })

  it('after the call took effect leaves the cluster, and a second create finds it taken', async () => {
    await using api = await serve()
    await api.fault('createCluster', { kind: 'dropAfter' })
    await expect(api.create()).rejects.toThrow()
    expect((await api.call('GET', ONE)).status).toBe(200)
    expect((await api.create()).status).toBe(409)
    expect(api.sandbox.requests.list()).toMatchObject([
      { operation: 'createCluster', status: 'dropped' },
      { operation: 'getCluster', status: 200 },
      { operation: 'createCluster', status: 409 },
    ])
  })

  it.each([
    ['hang', 404],
    ['hangAfter', 200],
  ] as const)('that hangs (%s) ends when the caller gives up', async (kind, found) => {
    await using api = await serve()
    await api.fault('createCluster', { kind })
    const caller = new AbortController()
    const answer = api.create(caller.signal)
    await api.sandbox.requests.waitFor(({ operation }) => operation === 'createCluster')
    caller.abort()
    await expect(answer).rejects.toThrow()
    await api.sandbox.requests.waitFor(({ status }) => status === 'dropped')
    expect((await api.call('GET', ONE)).status).toBe(found)
  })

  it('cuts an answer short', async () => {
    await using api = await serve()
    await api.fault('createCluster', { kind: 'truncate' })
    const response = await api.create()
    expect(response.status).toBe(200)
    await expect(response.json()).rejects.toThrow(SyntaxError)
    expect((await api.call('GET', ONE)).status).toBe(200)
  })
})

describe('an answer from somewhere else', () => {
  it('is a page of HTML', async () => {
    await using api = await serve()
    await api.fault('listClusters', { kind: 'html', status: 504 })
    const response = await api.call('GET', CLUSTERS)
    expect([response.status, response.headers.get('content-type')]).toEqual([504, 'text/html'])
  })

  it('is any status, with its headers', async () => {
    await using api = await serve()
    await api.fault('*', { kind: 'status', status: 429, headers: { 'retry-after': '7' }, body: 'slow down' })
    const response = await api.call('GET', CLUSTERS)
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7'])
    expect(await response.text()).toBe('slow down')
  })

  it('is late', async () => {
    const waited: number[] = []
    await using api = await serve({ delay: async (ms) => void waited.push(ms) })
    await api.fault('getAccount', { kind: 'latency', ms: 1500 })
    expect((await api.call('GET', '/v1/accounts/sandbox')).status).toBe(200)
    expect(waited).toEqual([1500])
  })

  it.each([
    [14, 503, { code: 14 }],
    ['UNAVAILABLE', 503, { code: 14 }],
    [8, 429, { code: 8 }],
    ['ODD', 500, { code: 'ODD' }],
  ] as const)('is an error in the provider’s envelope: %j', async (code, status, body) => {
    await using api = await serve()
    await api.fault('createCluster', { kind: 'error', code, message: 'no' })
    const response = await api.create()
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({ ...body, message: 'no', details: [] })
  })

  it('is an error inside a 200', async () => {
    await using api = await serve()
    await api.fault('getCluster', { kind: 'error', code: 13, message: 'boom', httpStatus: 200 })
    const response = await api.call('GET', ONE)
    expect([response.status, await response.json()]).toEqual([
      200,
      { code: 13, message: 'boom', details: [] },
    ])
  })
})

describe('a cluster', () => {
  it('stays CREATING, or in any other state, for ever, until it is deleted', async () => {
    await using api = await serve()
    await api.fault('createCluster', { kind: 'stuck', state: 'INSTALLING' })
    await api.create()
    api.clock.advance(1_000_000_000)
    expect(await api.stateOf(ONE)).toBe('INSTALLING')
    await api.call('DELETE', ONE)
    expect(await api.stateOf(ONE)).toBe('DELETING')
    api.clock.advance(10_000)
    expect((await api.call('GET', ONE)).status).toBe(404)
  })

  it('stays DELETING for ever', async () => {
    await using api = await serve()
    await api.create()
    await api.fault('deleteCluster', { kind: 'stuck' })
    await api.call('DELETE', ONE)
    api.clock.advance(1_000_000_000)
    expect(await api.stateOf(ONE)).toBe('DELETING')
  })

  it('reports a state that nobody knows, alone or in a list', async () => {
    await using api = await serve()
    await api.create()
    api.sandbox.addCluster({ clusterId: 'two' })
    await api.fault('getCluster', { kind: 'state', state: 'MIGRATING' })
    await api.fault('listClusters', { kind: 'state', state: 'FROZEN' }, { match: 'one' })
    expect(await api.stateOf(ONE)).toBe('MIGRATING')
    expect(await (await api.call('GET', CLUSTERS)).json()).toMatchObject({
      clusters: [{ state: 'FROZEN' }, { state: 'READY' }],
    })
    expect(await api.stateOf(ONE)).toBe('CREATING')
  })

  it('is not found just after it was created', async () => {
    await using api = await serve()
    await api.create()
    await api.fault('getCluster', { kind: 'notFoundOnce' }, { match: 'one' })
    const lost = await api.call('GET', ONE)
    expect([lost.status, await lost.json()]).toMatchObject([404, { code: 5 }])
    expect((await api.call('GET', ONE)).status).toBe(200)
  })

  it('fails with the message that was asked for', async () => {
    await using api = await serve()
    await api.fault('createCluster', { kind: 'fail', message: 'no such bucket' }, { match: 'one' })
    await api.create()
    api.clock.advance(20_000)
    expect(await (await api.call('GET', ONE)).json()).toMatchObject({
      state: 'FAILED',
      status: { code: 'PERMISSION_DENIED', message: 'no such bucket' },
    })
  })
})

it('no fault befalls a call without a key', async () => {
  const { sandbox, send } = openSandbox()
  sandbox.faults.add({ operation: '*', fault: { kind: 'dropBefore' } })
  expect((await send('GET', CLUSTERS)).status).toBe(401)
  expect(sandbox.faults.list()).toHaveLength(1)
})
