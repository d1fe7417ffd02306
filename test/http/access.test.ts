import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { eksCluster, type Harness, openHarness } from './harness.ts'

const eksAccess = {
  endpoint: 'https://0123.gr7.us-east-1.eks.amazonaws.com',
  caData: 'LS0tLS1CRUdJTg==',
  eks: { clusterName: 'inference', region: 'us-east-1' },
}

async function withAccess(access: object): Promise<{ harness: Harness; id: string }> {
  const harness = await openHarness()
  const id = await harness.makeCluster(eksCluster)
  await harness.settle(id, { access: access as typeof eksAccess })
  return { harness, id }
}

const get = (harness: Harness, id: string, accept?: string) =>
  harness.send(`GET /clusters/${id}/access`, { headers: accept === undefined ? {} : { accept } })

describe('200', () => {
  test.each([
    undefined,
    '*/*',
    'application/json',
    'application/*',
    'application/yaml;q=0.5, application/json',
  ])('JSON for Accept: %s', async (accept) => {
    const { harness: opened, id } = await withAccess(eksAccess)
    await using harness = opened
    const { status, json } = await get(harness, id, accept)
    expect([status, json]).toEqual([200, eksAccess])
  })

  test.each([
    'application/yaml',
    'Application/YAML',
    'application/json;q=0.1, application/yaml',
    'application/json;q=0, */*',
  ])('a kubeconfig for Accept: %s', async (accept) => {
    const { harness: opened, id } = await withAccess(eksAccess)
    await using harness = opened
    const { status, text, headers } = await get(harness, id, accept)
    expect([status, headers.get('content-type')]).toEqual([200, 'application/yaml'])
    const config = parse(text)
    expect(config.clusters[0].cluster).toEqual({
      server: eksAccess.endpoint,
      'certificate-authority-data': eksAccess.caData,
    })
    expect(config.users[0].user.exec).toMatchObject({
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      command: 'aws',
      args: ['--region', 'us-east-1', 'eks', 'get-token', '--cluster-name', 'inference', '--output', 'json'],
      interactiveMode: 'Never',
      provideClusterInfo: false,
    })
    expect(config['current-context']).toBe('inference')
  })
})

describe('406', () => {
  test('a kubeconfig of what is no EKS cluster', async () => {
    const { harness: opened, id } = await withAccess({ endpoint: 'https://in05.example' })
    await using harness = opened
    expect((await get(harness, id, 'application/yaml')).json.code).toBe('not-acceptable')
  })

  test('a type that there is not', async () => {
    const { harness: opened, id } = await withAccess(eksAccess)
    await using harness = opened
    expect((await get(harness, id, 'text/html')).status).toBe(406)
  })
})

describe('409', () => {
  test('not known yet', async () => {
    await using harness = await openHarness()
    const { status, json } = await get(harness, await harness.makeCluster())
    expect([status, json.code]).toEqual([409, 'wrong-state'])
  })
})
