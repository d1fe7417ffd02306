import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { Serving, temporaryFolder } from './serve.ts'
import { accountId, caData, FakeFireworks } from './upstream/fake-fireworks.ts'

const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`
const eks = {
  awsAccountId: '123456789012',
  fireworksManagerRole: role('Manager'),
  clusterName: 'inference-eks',
  storageBucketName: 'fireworks-inference-1a2b3c',
  metricWriterRole: role('Metrics'),
  loadBalancerControllerRole: role('LoadBalancer'),
  workloadIdentityPoolProviderId: 'acme-inference',
  inferenceRole: role('Inference'),
}
const fake = { projectId: 'project', location: 'us-central1', clusterName: 'pretended' }
const collection = `/v1/accounts/${accountId}/clusters`

let serving: Serving
let upstream: FakeFireworks

beforeAll(async () => {
  upstream = await new FakeFireworks('fw_key-of-acme').listen()
  serving = await Serving.start()
  const settings = { baseUrl: upstream.url, accountId, allowFakeClusters: true }
  const body = { name: 'fireworks-prod', provider: 'fireworks', apiKey: upstream.key, settings }
  await serving.client.expect(201, 'POST /connections', { body })
})
afterAll(async () => {
  await serving[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

function create(order: JsonObject): Promise<JsonObject> {
  const body = { provider: 'fireworks', connection: 'fireworks-prod', team: 'ml', ...order }
  return serving.client.settled('POST /clusters', body)
}

/** What a change makes arrive at the provider that is no reading. */
async function arrivedBy(change: () => Promise<unknown>) {
  const before = upstream.changes.length
  await change()
  return upstream.changes.slice(before).map(({ method, target, json }) => [method, target, json])
}

describe('an EKS cluster at Fireworks', () => {
  let cluster: JsonObject

  it('arrives with every field, and is given away with every one', async () => {
    const order = { name: 'inference', displayName: 'Inference', region: 'us-east-1', spec: { eks } }
    const arrived = await arrivedBy(async () => {
      cluster = await create({ ...order, labels: { env: 'prod' } })
    })
    const asked = { cluster: { displayName: 'Inference', eksCluster: { ...eks, region: 'us-east-1' } } }
    expect(arrived).toEqual([['POST', collection, { ...asked, clusterId: 'inference' }]])
    expect(upstream.changes[0]?.headers).toMatchObject({
      authorization: `Bearer ${upstream.key}`,
      'content-type': 'application/json',
    })
    expect(cluster).toMatchObject({
      ...order,
      labels: { env: 'prod' },
      state: 'READY',
      providerState: 'READY',
      externalId: 'inference',
      credentialState: 'NONE',
      operation: { kind: 'create', status: 'SUCCEEDED', attempts: 1, error: null },
    })
    expect(cluster.spec).toEqual({ eks })
  })

  it('tells how to reach it', async () => {
    const access = await serving.client.expect(200, `GET /clusters/${cluster.id}/access`)
    const endpoint = 'https://0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com'
    expect(access).toEqual({
      endpoint,
      caData,
      eks: { clusterName: 'inference-eks', region: 'us-east-1' },
    })
    expect(cluster.endpoint).toBe(endpoint)
    const body = { reason: 'curious' }
    const { code } = await serving.client.expect(409, `POST /clusters/${cluster.id}/credentials/reveal`, {
      body,
    })
    expect(code).toBe('no-credentials')
  })

  it('gives a kubeconfig that kubectl takes', async () => {
    using folder = temporaryFolder()
    const headers = { accept: 'application/yaml' }
    const answer = await serving.client.send(`GET /clusters/${cluster.id}/access`, { headers })
    expect(answer.headers.get('content-type')).toBe('application/yaml')
    const file = join(folder.path, 'kubeconfig')
    writeFileSync(file, answer.text)
    const view = ['config', 'view', '--minify', '--raw', '--output', 'json']
    const seen = JSON.parse(execFileSync('kubectl', [`--kubeconfig=${file}`, ...view], { encoding: 'utf8' }))
    expect(seen.clusters[0].cluster).toEqual({
      server: cluster.endpoint,
      'certificate-authority-data': caData,
    })
    const getToken = '--region us-east-1 eks get-token --cluster-name inference-eks --output json'
    expect(seen.users[0].user).toEqual({
      exec: expect.objectContaining({ command: 'aws', args: getToken.split(' ') }),
    })
    expect(seen['current-context']).toBe('inference')
  })

  it('is changed by what changes alone, named in a mask', async () => {
    const { inferenceRole, metricWriterRole, ...others } = eks
    const patch = { inferenceRole: role('Inference-2'), metricWriterRole: null }
    const arrived = await arrivedBy(async () => {
      const body = { displayName: 'Inference 2', spec: { eks: patch } }
      cluster = await serving.client.settled(`PATCH /clusters/${cluster.id}`, body)
    })
    const mask = 'display_name,eks_cluster.metric_writer_role,eks_cluster.inference_role'
    const eksCluster = { metricWriterRole: '', inferenceRole: role('Inference-2') }
    expect(arrived).toEqual([
      [
        'PATCH',
        `${collection}/inference?updateMask=${encodeURIComponent(mask)}`,
        { displayName: 'Inference 2', eksCluster },
      ],
    ])
    expect(cluster).toMatchObject({ displayName: 'Inference 2', state: 'READY' })
    expect(cluster.spec).toEqual({ eks: { ...others, inferenceRole: role('Inference-2') } })
  })

  it('keeps labels to the gateway, and cannot be suspended', async () => {
    const path = `/clusters/${cluster.id}`
    const arrived = await arrivedBy(async () => {
      const { labels } = await serving.client.expect(200, `PATCH ${path}`, {
        body: { labels: { tier: 'gold' } },
      })
      expect(labels).toEqual({ env: 'prod', tier: 'gold' })
      const { code } = await serving.client.expect(409, `POST ${path}/suspend`)
      expect(code).toBe('unsupported-by-provider')
    })
    expect(arrived).toEqual([])
  })

  it('is deleted, and the name is free again', async () => {
    const preview = await serving.client.expect(200, `DELETE /clusters/${cluster.id}?validateOnly=true`)
    expect(preview).toMatchObject({ allowed: true, residue: expect.stringContaining('inference-eks') })
    const arrived = await arrivedBy(() => serving.client.settled(`DELETE /clusters/${cluster.id}`))
    expect(arrived).toEqual([['DELETE', `${collection}/inference`, {}]])
    expect(upstream.rows.has('inference')).toBe(false)
    const again = await create({
      name: 'inference',
      region: 'us-east-1',
      spec: { eks: { awsAccountId: '123456789012' } },
    })
    expect(again.spec).toEqual({
      eks: { awsAccountId: '123456789012', fireworksManagerRole: role('FireworksManagerRole') },
    })
  })
})

describe('a fake cluster at Fireworks', () => {
  it('lives through create, rename of its display and delete', async () => {
    let cluster: JsonObject = {}
    const arrived = await arrivedBy(async () => {
      cluster = await create({ name: 'pretend', displayName: 'Pretend', spec: { fake } })
    })
    const asked = { displayName: 'Pretend', fakeCluster: fake }
    expect(arrived).toEqual([['POST', collection, { cluster: asked, clusterId: 'pretend' }]])
    expect(cluster).toMatchObject({ state: 'READY', spec: { fake }, region: null })
    const path = `/clusters/${cluster.id}`
    expect(await serving.client.settled(`PATCH ${path}`, { displayName: 'Pretence' })).toMatchObject({
      displayName: 'Pretence',
    })
    expect(upstream.rows.get('pretend')?.cluster.displayName).toBe('Pretence')
    expect(await serving.client.settled(`DELETE ${path}`)).toMatchObject({ state: 'DELETED' })
  })

  it('is refused where the connection does not allow them', async () => {
    const [connection] = await serving.client.all('/connections', 'connections')
    const body = { settings: { allowFakeClusters: false } }
    await serving.client.expect(200, `PATCH /connections/${connection?.id}`, { body })
    const order = {
      provider: 'fireworks',
      connection: 'fireworks-prod',
      team: 'ml',
      name: 'no',
      spec: { fake },
    }
    const { errors } = await serving.client.expect(400, 'POST /clusters', { body: order })
    expect(errors).toEqual([{ pointer: '/spec/fake', detail: expect.any(String) }])
  })
})
