import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { serveEmulator } from '../../../src/sandbox/server.ts'
import { openSandbox } from './fixture.ts'
import { schemaErrors } from './schemas.ts'

const run = promisify(execFile)

const EKS_MEMBER = `"eksCluster": {
"awsAccountId": "123456789012",
"region": "us-east-1",
"fireworksManagerRole": "arn:aws:iam::123456789012:role/FireworksManagerRole",
"clusterName": "fireworks-prod",
"storageBucketName": "fireworks-prod-7f3a",
"metricWriterRole": "arn:aws:iam::123456789012:role/Metrics",
"loadBalancerControllerRole": "arn:aws:iam::123456789012:role/LoadBalancer",
"workloadIdentityPoolProviderId": "fireworks-prod-provider",
"inferenceRole": "arn:aws:iam::123456789012:role/Inference"
}`

const FAKE_MEMBER = `"fakeCluster": {
"projectId": "project",
"location": "us-central1",
"clusterName": "fake"
}`

/** The command of the documentation page, as it stands there but for host, account, key and values. */
function documentedCurl(baseUrl: string, kinds: string): string {
  return `curl --request POST \\
--url ${baseUrl}/v1/accounts/sandbox/clusters \\
--header 'Authorization: Bearer fireworks-sandbox-key' \\
--header 'Content-Type: application/json' \\
--data '
{
"cluster": {
"displayName": "My Cluster",
${kinds}
},
"clusterId": "my-cluster"
}
'`
}

async function answerTo(kinds: string): Promise<unknown> {
  const { sandbox } = openSandbox()
  await using server = await serveEmulator(sandbox, { port: 0 })
  const { stdout } = await run('sh', ['-c', documentedCurl(server.url, kinds)])
  return JSON.parse(stdout)
}

describe('the documented curl', () => {
  it('creates a cluster and prints the documented answer', async () => {
    const answer = await answerTo(EKS_MEMBER)
    expect(answer).toEqual({
      name: 'accounts/sandbox/clusters/my-cluster',
      displayName: 'My Cluster',
      createTime: '2026-03-01T12:00:00.250Z',
      ...JSON.parse(`{${EKS_MEMBER}}`),
      state: 'CREATING',
      status: { code: 'OK', message: '' },
      updateTime: '2026-03-01T12:00:00.250Z',
    })
    expect(schemaErrors('gatewayCluster', answer)).toEqual([])
  })

  it('is refused with both kinds of cluster, which the page shows only to name every field', async () => {
    const answer = await answerTo(`${EKS_MEMBER},\n${FAKE_MEMBER}`)
    expect(answer).toMatchObject({ code: 3, details: [] })
    expect(schemaErrors('googlerpcStatus', answer)).toEqual([])
  })
})
