import { describe, expect, it } from 'vitest'
import { isJsonObject, type JsonObject } from '../../src/cluster/json.ts'
import type { Observed } from '../../src/cluster/provider.ts'
import { fireworks } from '../../src/providers/fireworks/adapter.ts'
import {
  apiKey,
  clusterJson,
  eksSpec,
  fakeSpec,
  htmlBadGateway,
  notFound,
  startUpstream,
  wantedEks,
  wantedFake,
} from './fireworks-upstream.ts'

async function observed(members: JsonObject = {}): Promise<Observed> {
  await using upstream = await startUpstream([{ json: clusterJson('ranker', members) }])
  return (await fireworks.observe(upstream.account, 'ranker')) ?? expect.unreachable('the cluster is there')
}

describe('changes', () => {
  it('a create is wrapped, an update bare, and neither sends back what is output only', async () => {
    const json = clusterJson('ranker')
    await using upstream = await startUpstream([{ json }, { json }])
    await fireworks.create(upstream.account, wantedEks)
    await fireworks.update(upstream.account, await observed(), { displayName: 'New' }, [])
    const [create, update] = upstream.received.map((request) => request.body)
    expect(Object.keys(isJsonObject(create) ? create : {}).sort()).toEqual(['cluster', 'clusterId'])
    expect(update).toEqual({ displayName: 'New' })
    const sent = JSON.stringify([create, update])
    for (const field of [
      '"name"',
      'state',
      'status',
      'createTime',
      'updateTime',
      'annotations',
      'isDlde',
      'env',
    ]) {
      expect(sent).not.toContain(field)
    }
  })

  it('an update always has its mask in snake_case and never an empty eksCluster', async () => {
    await using upstream = await startUpstream([{ json: clusterJson('ranker') }])
    const change = { displayName: 'New', spec: { eks: eksSpec } }
    await fireworks.update(upstream.account, await observed(), change, [])
    expect(upstream.received[0]?.query).toEqual({ updateMask: 'display_name' })
    expect(upstream.received[0]?.body).not.toHaveProperty('eksCluster')
  })

  it('a create fixes its id, is sent once, and a taken name after a lost reply can be looked at', async () => {
    const taken = { status: 409, json: { code: 6, message: 'cluster already exists' } }
    await using upstream = await startUpstream([
      'drop the connection',
      taken,
      { json: clusterJson('ranker') },
    ])
    await expect(fireworks.create(upstream.account, wantedEks)).rejects.toMatchObject({ applied: 'unknown' })
    await expect(fireworks.create(upstream.account, wantedEks)).rejects.toMatchObject({ kind: 'name-taken' })
    const { found } = await fireworks.find(upstream.account, wantedEks)
    expect(found.map((cluster) => fireworks.matches(wantedEks, cluster))).toEqual([true])
    expect(upstream.received.map((request) => request.method)).toEqual(['POST', 'POST', 'GET'])
  })

  it('a delete is accepted, not done: the cluster is there until it is not found', async () => {
    const deleting = { json: clusterJson('ranker', { state: 'DELETING' }) }
    await using upstream = await startUpstream([
      { json: {}, headers: { 'x-request-id': 'r-1' } },
      deleting,
      notFound,
      notFound,
    ])
    expect(await fireworks.delete(upstream.account, 'ranker')).toEqual({ requestId: 'r-1' })
    expect(await fireworks.observe(upstream.account, 'ranker')).toMatchObject({ state: 'DELETING' })
    expect(await fireworks.observe(upstream.account, 'ranker')).toBeNull()
    expect(await fireworks.delete(upstream.account, 'ranker')).toEqual({ requestId: null })
    expect(upstream.received[0]).toMatchObject({
      method: 'DELETE',
      path: '/v1/accounts/acme/clusters/ranker',
      body: null,
    })
  })

  it('a delete asked again is a success while the first is under way', async () => {
    const refusal = { status: 400, json: { code: 9, message: 'cluster is already being deleted' } }
    await using upstream = await startUpstream([
      refusal,
      { json: clusterJson('ranker', { state: 'DELETING' }) },
    ])
    expect(await fireworks.delete(upstream.account, 'ranker')).toEqual({ requestId: null })
  })

  it('a delete that was not understood is not taken for done', async () => {
    await using upstream = await startUpstream([
      { status: 404, text: '<html>404</html>' },
      { text: '<html>Welcome</html>' },
      htmlBadGateway,
      { status: 400, json: { code: 9, message: 'the cluster has deployments' } },
      { json: clusterJson('ranker') },
    ])
    for (const kind of ['protocol', 'protocol', 'unavailable', 'wrong-state']) {
      await expect(fireworks.delete(upstream.account, 'ranker')).rejects.toMatchObject({ kind })
    }
  })
})

describe('answers', () => {
  it('a precondition is read from the code in the body, whatever the HTTP status', async () => {
    const json = { code: 9, message: 'the cluster is still being created' }
    for (const status of [400, 412]) {
      await using upstream = await startUpstream([{ status, json }])
      const updating = fireworks.update(upstream.account, await observed(), { displayName: 'New' }, [])
      await expect(updating).rejects.toMatchObject({
        kind: 'wrong-state',
        applied: 'no',
        code: 'FAILED_PRECONDITION',
      })
    }
  })

  it('a status that is not OK explains a cluster and does not fail it', async () => {
    const status = { code: 'UNAVAILABLE', message: 'a node is slow' }
    expect(await observed({ status })).toMatchObject({
      state: 'READY',
      stateReason: 'UNAVAILABLE: a node is slow',
    })
  })

  it('a list ends at an absent or empty token and at no other sign', async () => {
    const page = (nextPageToken: string, ...ids: string[]) => ({
      json: { clusters: ids.map((id) => clusterJson(id)), nextPageToken, totalSize: 1 },
    })
    await using upstream = await startUpstream([page('t1', 'a'), page('', 'b')])
    const first = await fireworks.list(upstream.account, null)
    const last = await fireworks.list(upstream.account, first.nextPage)
    expect([first, last].flatMap(({ clusters }) => clusters.map(({ name }) => name))).toEqual(['a', 'b'])
    expect(last.nextPage).toBeNull()
  })

  it('a computed manager role is reported and is no reason for an update', async () => {
    const wanted = { spec: { eks: { awsAccountId: '123456789012' } } }
    await using upstream = await startUpstream([])
    for (const fireworksManagerRole of [eksSpec.fireworksManagerRole, '']) {
      const eksCluster = { awsAccountId: '123456789012', region: 'us-east-1', fireworksManagerRole }
      const seen = await observed({ eksCluster })
      expect(seen.spec.eks).toEqual(
        fireworksManagerRole === '' ? wanted.spec.eks : { ...wanted.spec.eks, fireworksManagerRole },
      )
      expect(fireworks.matches({ ...wantedEks, ...wanted }, seen)).toBe(true)
      expect(await fireworks.update(upstream.account, seen, wanted, [])).toMatchObject({ step: null })
    }
  })

  it('hidden fields, new fields and new words are tolerated', async () => {
    const seen = await observed({
      state: 'DEFRAGMENTING',
      gkeCluster: { zone: 'z' },
      fakeCluster: null,
      annotations: { a: 'b' },
      meteringKey: 'k',
      eksCluster: {
        ...eksSpec,
        region: 'us-east-1',
        clusterRole: 'r',
        subnetIds: ['s'],
        nodeSecurityGroup: 'g',
      },
    })
    expect(seen).toMatchObject({ state: 'UNKNOWN', providerState: 'DEFRAGMENTING' })
    expect(seen.spec).toEqual({ eks: eksSpec })
    expect((await observed({ eksCluster: null, gkeCluster: {} })).spec).toEqual({})
  })

  it.each([
    [404, { code: 5, message: 'Not Found' }],
    [501, { code: 12, message: 'Method Not Allowed' }],
    [403, { code: 7, message: '' }],
    [404, { error: 'not found' }],
  ])('%i for all the clusters means that they are not enabled for the account: %j', async (status, json) => {
    await using upstream = await startUpstream([
      { status, json },
      { status, json },
    ])
    const notEnabled = {
      kind: 'unsupported',
      applied: 'no',
      retryable: false,
      message: expect.stringContaining('not enabled for this account (acme)'),
    }
    await expect(fireworks.list(upstream.account, null)).rejects.toMatchObject(notEnabled)
    await expect(fireworks.create(upstream.account, wantedEks)).rejects.toMatchObject(notEnabled)
  })

  it('a refusal for one cluster says nothing of the account', async () => {
    await using upstream = await startUpstream([{ status: 403, json: { code: 7, message: 'not yours' } }])
    const observing = fireworks.observe(upstream.account, 'clusters')
    await expect(observing).rejects.toMatchObject({ kind: 'forbidden', message: 'not yours' })
  })
})

describe('access', () => {
  const info = { endpoint: 'https://ABC.gr7.us-east-1.eks.amazonaws.com', caData: 'LS0tLS1CRUdJTg==' }

  it('asks with a bare colon and an encoded id', async () => {
    await using upstream = await startUpstream([{ json: info }, { json: info }])
    const seen = await observed()
    await fireworks.access(upstream.account, seen)
    await fireworks.access(upstream.account, { ...seen, externalId: 'a b:c/d' })
    expect(upstream.received.map((request) => request.path)).toEqual([
      '/v1/accounts/acme/clusters/ranker:getConnectionInfo',
      '/v1/accounts/acme/clusters/a%20b%3Ac%2Fd:getConnectionInfo',
    ])
  })

  it('passes the certificate authority on as it is, with what a kubeconfig needs and no credential', async () => {
    await using upstream = await startUpstream([
      { json: info },
      { json: info },
      { json: { ...info, caData: '' } },
    ])
    const eks = { clusterName: 'inference', region: 'us-east-1' }
    expect(await fireworks.access(upstream.account, await observed())).toEqual({ ...info, eks })
    const unnamed = await observed({ eksCluster: { awsAccountId: '1', region: 'us-east-1' } })
    expect(await fireworks.access(upstream.account, unnamed)).toMatchObject({
      eks: { clusterName: 'ranker', region: 'us-east-1' },
    })
    const fake = await observed({ eksCluster: null, fakeCluster: fakeSpec })
    expect(await fireworks.access(upstream.account, fake)).toEqual({ endpoint: info.endpoint })
  })

  it('has nothing to tell while the cluster is not ready', async () => {
    await using upstream = await startUpstream([
      { status: 400, json: { code: 9, message: 'cluster is not ready' } },
      { json: { endpoint: '', caData: '' } },
    ])
    const seen = await observed({ state: 'CREATING' })
    expect(await fireworks.access(upstream.account, seen)).toBeNull()
    expect(await fireworks.access(upstream.account, seen)).toBeNull()
  })

  it('fails for a cluster that is gone', async () => {
    await using upstream = await startUpstream([notFound])
    const access = fireworks.access(upstream.account, await observed())
    await expect(access).rejects.toMatchObject({ kind: 'not-found' })
  })
})

describe('what is asked for', () => {
  it('a display name may have 63 characters, however many bytes they take', () => {
    const check = (displayName: string) =>
      fireworks.check({ ...wantedEks, displayName }, { accountId: 'acme' }, null)
    expect(check('😀'.repeat(63))).toEqual([])
    expect(check('😀'.repeat(64))).toMatchObject([{ pointer: '/displayName' }])
  })

  it('fake clusters are refused unless the connection allows them', () => {
    const check = (allowFakeClusters: boolean) =>
      fireworks.check(wantedFake, { accountId: 'acme', allowFakeClusters }, null)
    expect(check(false)).toMatchObject([{ pointer: '/spec/fake' }])
    expect(check(true)).toEqual([])
  })

  it('the account is always named, and its clusters are its own', async () => {
    expect(fireworks.settingsSchema.safeParse({}).success).toBe(false)
    const foreign = { ...clusterJson('ranker'), name: 'accounts/other/clusters/ranker' }
    await using upstream = await startUpstream([{ json: foreign }])
    const observing = fireworks.observe(upstream.account, 'ranker')
    await expect(observing).rejects.toMatchObject({ kind: 'protocol' })
  })

  it('no key reaches a reason or a failure, whoever says it', async () => {
    const message = `denied for ${apiKey}`
    const seen = await observed({ state: 'FAILED', status: { code: 'PERMISSION_DENIED', message } })
    expect(seen.stateReason).toBe('PERMISSION_DENIED: denied for [redacted]')
    await using upstream = await startUpstream([{ status: 400, json: { code: 3, message } }])
    const removal = fireworks.delete(upstream.account, 'ranker')
    await expect(removal).rejects.toMatchObject({ message: 'denied for [redacted]' })
  })
})
