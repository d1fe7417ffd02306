import { describe, expect, it } from 'vitest'
import { SpeedClock } from '../../../src/sandbox/clock.ts'
import type { ZillizSandboxOptions } from '../../../src/sandbox/zilliz/sandbox.ts'
import { setUp } from './fixture.ts'

function setUpControl(options: ZillizSandboxOptions = {}) {
  const world = setUp(options)
  const control = async (method: string, path: string, body?: unknown) => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
    const response = await world.sandbox.fetch(new Request(`http://z.test/_sandbox${path}`, init))
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : JSON.parse(text) }
  }
  return { ...world, control }
}

describe('the control endpoints', () => {
  it('say what there is', async () => {
    const { body } = await setUpControl().control('GET', '')
    expect(body.provider).toBe('zilliz')
    expect(body.operations).toContain('createServerless')
    expect(body.faults).toContain('dropAfter')
  })

  it('add, list and remove faults', async () => {
    const { control, create } = setUpControl()
    const fault = { kind: 'error', code: 40003, message: 'No.' }
    const added = await control('POST', '/faults', { operation: 'createServerless', fault, times: null })
    expect(added).toMatchObject({ status: 201, body: { operation: 'createServerless', times: null, fault } })
    expect((await create('Serverless')).code).toBe(40003)
    expect((await control('GET', '/faults')).body.faults).toEqual([added.body])
    expect((await control('DELETE', `/faults/${added.body.id}`)).status).toBe(204)
    expect((await control('DELETE', `/faults/${added.body.id}`)).status).toBe(404)
    await control('POST', '/faults', { operation: '*', fault: { kind: 'html' } })
    await control('DELETE', '/faults')
    expect((await control('GET', '/faults')).body.faults).toEqual([])
  })

  it.each([
    ['POST', '/faults', { operation: 'x', fault: { kind: 'latency' } }],
    ['POST', '/faults', { operation: 'x', fault: { kind: 'hang' }, typo: 1 }],
    ['POST', '/clusters', { clusterName: 'x', kind: 'enormous' }],
    ['PATCH', '/clock', { speed: -1 }],
  ])('refuse %s %s %j with a reason', async (method, path, body) => {
    const reply = await setUpControl({ clock: new SpeedClock() }).control(method, path, body)
    expect(reply.status).toBe(400)
    expect(reply.body.error).not.toBe('')
  })

  it('show the clock and move it', async () => {
    const clock = new SpeedClock({ startTime: 0, wall: () => 0 })
    const { control } = setUpControl({ clock })
    expect((await control('GET', '/clock')).body).toEqual({ now: '1970-01-01T00:00:00.000Z', speed: 1 })
    const { body } = await control('PATCH', '/clock', { speed: 60, advanceMs: 1500 })
    expect(body).toEqual({ now: '1970-01-01T00:00:01.500Z', speed: 60 })
  })

  it('leave a clock that is not theirs alone', async () => {
    expect((await setUpControl().control('PATCH', '/clock', { speed: 2 })).status).toBe(409)
  })

  it('show the calls to the API, without keys or passwords, and forget them', async () => {
    const { control, create, sandbox } = setUpControl()
    const { data, headers } = await create('Serverless')
    const { body } = await control('GET', '/requests')
    expect(body.requests).toEqual([
      {
        time: '2026-01-02T03:04:05.678Z',
        operation: 'createServerless',
        method: 'POST',
        path: '/v2/clusters/createServerless',
        status: 200,
        requestId: headers.get('requestid'),
      },
    ])
    expect(JSON.stringify(body)).not.toContain(data.password)
    expect(JSON.stringify(body)).not.toContain(sandbox.apiKey)
    await control('DELETE', '/requests')
    expect((await control('GET', '/requests')).body.requests).toEqual([])
  })

  it('make, change and remove clusters behind the gateway’s back', async () => {
    const { control, statusOf, describeCluster, call } = setUpControl()
    const { body: made } = await control('POST', '/clusters', {
      clusterName: 'wild',
      kind: 'dedicated',
      cuSize: 4,
    })
    expect((await describeCluster(made.clusterId)).data).toMatchObject({ status: 'RUNNING', cuSize: 4 })
    expect((await call('GET', '/v2/clusters')).data.count).toBe(1)
    await control('PATCH', `/clusters/${made.clusterId}`, { status: 'FROZEN', clusterName: 'tame' })
    expect(await statusOf(made.clusterId)).toBe('FROZEN')
    expect((await control('DELETE', `/clusters/${made.clusterId}`)).status).toBe(204)
    expect((await describeCluster(made.clusterId)).code).toBe(96018)
    expect((await control('GET', '/clusters')).body.clusters).toMatchObject([
      { clusterName: 'tame', deleted: true },
    ])
    expect((await control('PATCH', '/clusters/in05-none', {})).status).toBe(404)
    expect((await control('DELETE', '/clusters/in05-none')).status).toBe(404)
  })

  it('reset everything', async () => {
    const { control, create, sandbox } = setUpControl()
    await create('Free')
    sandbox.faults.add({ operation: '*', fault: { kind: 'html' } })
    expect((await control('POST', '/reset')).status).toBe(204)
    expect([sandbox.clusters(), sandbox.faults.list(), sandbox.requests.list()]).toEqual([[], [], []])
  })

  it('answer 404 to what they do not have', async () => {
    expect((await setUpControl().control('GET', '/unheard-of')).status).toBe(404)
  })
})
