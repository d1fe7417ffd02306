import { describe, expect, it } from 'vitest'
import { fireworks } from '../../src/providers/fireworks/adapter.ts'
import {
  clusterJson,
  eksSpec,
  htmlBadGateway,
  notFound,
  type Reply,
  startUpstream,
  wantedEks,
} from './fireworks-upstream.ts'

const emptyList: Reply = { json: { clusters: [], nextPageToken: '', totalSize: 0 } }
const date = 'Fri, 08 May 2026 10:20:30 GMT'

describe('observe', () => {
  it.each([
    ['CREATING', 'CREATING'],
    ['READY', 'READY'],
    ['DELETING', 'DELETING'],
    ['FAILED', 'FAILED'],
    ['STATE_UNSPECIFIED', 'UNKNOWN'],
    ['HIBERNATING', 'UNKNOWN'],
    ['constructor', 'UNKNOWN'],
  ])('reads the state %s as %s and keeps the word', async (providerState, state) => {
    await using upstream = await startUpstream([{ json: clusterJson('ranker', { state: providerState }) }])
    const observed = await fireworks.observe(upstream.account, 'ranker')
    expect(observed).toMatchObject({ state, providerState })
  })

  it.each([
    ['OK', { code: 'OK', message: '' }, 'READY', null],
    ['OK with words', { code: 'OK', message: 'all well' }, 'READY', null],
    ['OK with words on a failed one', { code: 'OK', message: 'role denied' }, 'FAILED', 'role denied'],
    ['a name', { code: 'PERMISSION_DENIED', message: 'role' }, 'FAILED', 'PERMISSION_DENIED: role'],
    ['a number', { code: 7, message: 'role' }, 'FAILED', 'PERMISSION_DENIED: role'],
    ['a word of its own', { code: 'ODD', message: '' }, 'CREATING', 'ODD'],
    ['null', null, 'FAILED', null],
    ['nothing', {}, 'FAILED', null],
  ])('tells why, from a status that is %s', async (_, status, state, stateReason) => {
    await using upstream = await startUpstream([{ json: clusterJson('ranker', { status, state }) }])
    expect(await fireworks.observe(upstream.account, 'ranker')).toMatchObject({ state, stateReason })
  })

  it('reads empty, null and absent fields alike, as not told', async () => {
    const eksCluster = { awsAccountId: '123456789012', region: '', clusterName: null, inferenceRole: '' }
    const json = { name: 'accounts/acme/clusters/ranker', displayName: '', createTime: null, eksCluster }
    await using upstream = await startUpstream([{ json }])
    expect(await fireworks.observe(upstream.account, 'ranker')).toMatchObject({
      region: null,
      displayName: null,
      createTime: null,
      providerState: 'STATE_UNSPECIFIED',
      state: 'UNKNOWN',
      spec: { eks: { awsAccountId: '123456789012' } },
    })
  })

  it('is null when Fireworks says that there is no such cluster', async () => {
    await using upstream = await startUpstream([notFound])
    expect(await fireworks.observe(upstream.account, 'ranker')).toBeNull()
    expect(upstream.received).toHaveLength(1)
  })

  it('asks the list when Fireworks only says "Not Found", as it does of an unknown address', async () => {
    const bare: Reply = { status: 404, json: { code: 5, message: 'Not Found', details: [] } }
    await using gone = await startUpstream([bare, emptyList])
    expect(await fireworks.observe(gone.account, 'ranker')).toBeNull()
    await using closed = await startUpstream([bare, bare])
    await expect(fireworks.observe(closed.account, 'ranker')).rejects.toMatchObject({ kind: 'unsupported' })
  })

  it.each([
    ['an HTML page', { status: 404, text: '<html>404</html>' }],
    ['plain text', { status: 404, text: '404 page not found' }],
    ['JSON without a code', { status: 404, json: { message: 'nope' } }],
  ])('fails on a 404 that is %s: that is no word on the cluster', async (_, reply) => {
    await using upstream = await startUpstream([reply])
    await expect(fireworks.observe(upstream.account, 'ranker')).rejects.toMatchObject({ kind: 'protocol' })
  })

  it.each(['', '.', '..'])('asks nothing of an id like "%s", which an address would swallow', async (id) => {
    await using upstream = await startUpstream([])
    await expect(fireworks.observe(upstream.account, id)).rejects.toMatchObject({ kind: 'invalid' })
    await expect(fireworks.delete(upstream.account, id)).rejects.toMatchObject({ kind: 'invalid' })
    expect(upstream.received).toHaveLength(0)
  })
})

describe('find', () => {
  it('reads the cluster by its name, which is its id, and the clock of Fireworks', async () => {
    await using upstream = await startUpstream([{ json: clusterJson('ranker'), headers: { date } }])
    const { found, providerTime } = await fireworks.find(upstream.account, wantedEks)
    expect(found).toMatchObject([{ externalId: 'ranker', spec: { eks: eksSpec } }])
    expect(providerTime).toBe(Date.parse(date))
    expect(upstream.received).toMatchObject([{ method: 'GET', path: '/v1/accounts/acme/clusters/ranker' }])
  })

  it('finds none only after the list, read to its end, has none either', async () => {
    const first = {
      json: { clusters: [clusterJson('a')], nextPageToken: 'p2', totalSize: 2 },
      headers: { date },
    }
    const last = { json: { clusters: [clusterJson('b')], nextPageToken: '' } }
    await using upstream = await startUpstream([notFound, first, last])
    const look = await fireworks.find(upstream.account, wantedEks)
    expect(look).toEqual({ found: [], providerTime: Date.parse(date) })
    expect(upstream.received).toHaveLength(3)
  })

  it('finds in the list what could not be read on its own', async () => {
    const page = { json: { clusters: [clusterJson('ranker'), clusterJson('ranker')] } }
    await using upstream = await startUpstream([notFound, page])
    const { found } = await fireworks.find(upstream.account, wantedEks)
    expect(found).toMatchObject([{ externalId: 'ranker' }])
  })

  it('fails rather than find none in a list that breaks off', async () => {
    const first = { json: { clusters: [clusterJson('a')], nextPageToken: 'p2' } }
    await using upstream = await startUpstream([notFound, first, htmlBadGateway])
    await expect(fireworks.find(upstream.account, wantedEks)).rejects.toMatchObject({ kind: 'unavailable' })
  })
})

describe('matches', () => {
  async function observedWith(members: Parameters<typeof clusterJson>[1]) {
    await using upstream = await startUpstream([{ json: clusterJson('ranker', members) }])
    const observed = await fireworks.observe(upstream.account, 'ranker')
    return observed ?? expect.unreachable('the cluster is there')
  }

  it.each([
    ['the same', {}, true],
    ['another role', { eksCluster: { ...eksSpec, region: 'us-east-1', inferenceRole: '' } }, true],
    ['one that does not say what it is', { eksCluster: null }, true],
    ['one that leaves out the EKS name', { eksCluster: { ...eksSpec, clusterName: '' } }, true],
    ['another AWS account', { eksCluster: { ...eksSpec, awsAccountId: '999999999999' } }, false],
    ['another EKS name', { eksCluster: { ...eksSpec, clusterName: 'other' } }, false],
    ['another region', { eksCluster: { ...eksSpec, region: 'eu-west-1' } }, false],
    ['another kind', { eksCluster: null, fakeCluster: { projectId: 'p' } }, false],
  ])('for %s', async (_, members, expected) => {
    expect(fireworks.matches(wantedEks, await observedWith(members))).toBe(expected)
  })

  it('never for another name', async () => {
    expect(fireworks.matches({ ...wantedEks, name: 'other' }, await observedWith({}))).toBe(false)
  })
})
