import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import { ConnectionDropped, serveEmulator } from '../../../src/sandbox/server.ts'
import { setUp } from './fixture.ts'

const creation = { clusterName: 'search-index', regionId: 'gcp-us-west1' }

describe('a create whose reply is lost', () => {
  it.each(['dropAfter', 'truncate'] as const)(
    '%s leaves a cluster, and a second try finds the name taken',
    async (kind) => {
      const { sandbox, create, enterprise } = setUp()
      sandbox.faults.add({ operation: 'createServerless', fault: { kind } })
      await using server = await serveEmulator(sandbox, { port: 0 })
      const send = async () => {
        const { body } = await request(`${server.url}/v2/clusters/createServerless`, {
          method: 'POST',
          headers: { authorization: `Bearer ${sandbox.apiKey}` },
          body: JSON.stringify({ ...creation, projectId: enterprise }),
        })
        return body.json()
      }
      await expect(send()).rejects.toThrow()
      expect(sandbox.clusters()).toMatchObject([{ clusterName: 'search-index', status: 'CREATING' }])
      expect((await create('Serverless')).code).toBe(40013)
    },
  )

  it('dropBefore leaves nothing', async () => {
    const { sandbox, create } = setUp()
    sandbox.faults.add({ operation: 'createServerless', fault: { kind: 'dropBefore' } })
    await expect(create('Serverless')).rejects.toThrow(ConnectionDropped)
    expect(sandbox.clusters()).toEqual([])
    expect(sandbox.requests.list()).toMatchObject([{ operation: 'createServerless', status: 'dropped' }])
    expect((await create('Serverless')).code).toBe(0)
  })

  it('hangAfter leaves a cluster, and the caller waiting until it gives up', async () => {
    const { sandbox, enterprise } = setUp()
    sandbox.faults.add({ operation: 'createServerless', fault: { kind: 'hangAfter' } })
    await using server = await serveEmulator(sandbox, { port: 0 })
    const caller = new AbortController()
    const answer = request(`${server.url}/v2/clusters/createServerless`, {
      method: 'POST',
      headers: { authorization: `Bearer ${sandbox.apiKey}` },
      body: JSON.stringify({ ...creation, projectId: enterprise }),
      signal: caller.signal,
    })
    answer.catch(() => {})
    await sandbox.requests.waitFor((entry) => entry.status === 'pending')
    caller.abort()
    await expect(answer).rejects.toThrow()
    await sandbox.requests.waitFor((entry) => entry.status === 'dropped')
    expect(sandbox.clusters()).toHaveLength(1)
  })
})

describe('a creation that goes wrong', () => {
  it('stuck never ends, until it is dropped', async () => {
    const { sandbox, create, clock, describeCluster, call } = setUp()
    sandbox.faults.add({ operation: 'createServerless', fault: { kind: 'stuck' } })
    const { data } = await create('Serverless')
    const id = String(data.clusterId)
    clock.pass(3_600_000)
    expect((await describeCluster(id)).data).toMatchObject({ status: 'CREATING', createProgress: 99 })
    await call('DELETE', `/v2/clusters/${id}/drop`)
    clock.pass(10_000)
    expect((await describeCluster(id)).code).toBe(96018)
  })

  it('fail ends ABNORMAL', async () => {
    const { sandbox, create, clock, statusOf } = setUp()
    sandbox.faults.add({ operation: 'createServerless', fault: { kind: 'fail' } })
    const { data } = await create('Serverless')
    expect(await statusOf(String(data.clusterId))).toBe('CREATING')
    clock.pass(20_000)
    expect(await statusOf(String(data.clusterId))).toBe('ABNORMAL')
  })
})

describe('reads that mislead', () => {
  it('state is reported word for word, in a describe and in a list', async () => {
    const { sandbox, running, call, statusOf } = setUp()
    const id = await running('Serverless')
    sandbox.addCluster({ clusterName: 'other' })
    const fault = { kind: 'state', state: 'DREAMING' } as const
    sandbox.faults.add({ operation: '*', fault, times: null, match: 'search' })
    expect(await statusOf(id)).toBe('DREAMING')
    const { data } = await call('GET', '/v2/clusters')
    expect(data.clusters).toMatchObject([{ status: 'RUNNING' }, { status: 'DREAMING' }])
  })

  it('notFoundOnce denies a cluster that exists', async () => {
    const { sandbox, running, describeCluster } = setUp()
    const id = await running('Serverless')
    sandbox.faults.add({ operation: '*', fault: { kind: 'notFoundOnce' } })
    expect((await describeCluster(id)).code).toBe(40021)
    expect((await describeCluster(id)).code).toBe(0)
  })

  it.each([
    ['removal', ['c4', 'c3', 'c1'], 3],
    ['insertion', ['c4', 'c3', 'c3', 'c2'], 5],
  ] as const)('shiftPages by %s makes a list skip or repeat', async (change, seen, count) => {
    const { sandbox, call } = setUp()
    for (const name of ['c1', 'c2', 'c3', 'c4']) sandbox.addCluster({ clusterName: name })
    sandbox.faults.add({ operation: 'listClusters', fault: { kind: 'shiftPages', change } })
    const pages = [
      await call('GET', '/v2/clusters?pageSize=2'),
      await call('GET', '/v2/clusters?pageSize=2&currentPage=2'),
    ]
    const names = pages
      .flatMap(({ data }) => data.clusters as { clusterName: string }[])
      .map((row) => row.clusterName)
    expect(names).toEqual(seen)
    expect(pages.map(({ data }) => data.count)).toEqual([4, count])
  })
})

describe('errors on demand', () => {
  it('come in the envelope inside HTTP 200, unless another status is asked for', async () => {
    const { sandbox, call } = setUp()
    const fault = { kind: 'error', code: 96024, message: 'Failed.' } as const
    sandbox.faults.add({ operation: 'listProjects', fault })
    sandbox.faults.add({ operation: 'listProjects', fault: { ...fault, httpStatus: 500 } })
    expect(await call('GET', '/v2/projects')).toMatchObject({ status: 200, code: 96024, message: 'Failed.' })
    expect(await call('GET', '/v2/projects')).toMatchObject({ status: 500, code: 96024 })
  })

  it('do not reach callers without the key, who are refused first', async () => {
    const { sandbox } = setUp()
    sandbox.faults.add({ operation: '*', fault: { kind: 'html' } })
    expect((await sandbox.fetch(new Request('http://z.test/v2/projects'))).status).toBe(401)
    expect(sandbox.faults.list()).toHaveLength(1)
  })
})
