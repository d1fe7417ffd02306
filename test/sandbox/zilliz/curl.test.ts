import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { serveEmulator } from '../../../src/sandbox/server.ts'
import { setUp } from './fixture.ts'

const run = promisify(execFile)

describe('the documented curl', () => {
  it('creates a serverless cluster and prints the documented answer', async () => {
    const { sandbox, enterprise } = setUp()
    await using server = await serveEmulator(sandbox, { port: 0 })
    const { stdout } = await run('curl', [
      ...['--silent', '--request', 'POST'],
      ...['--url', `${server.url}/v2/clusters/createServerless`],
      ...['--header', `Authorization: Bearer ${sandbox.apiKey}`],
      ...['--header', 'accept: application/json'],
      ...['--header', 'content-type: application/json'],
      '--data-raw',
      JSON.stringify(
        { clusterName: 'Serverless-05', projectId: enterprise, regionId: 'gcp-us-west1' },
        null,
        2,
      ),
    ])
    expect(JSON.parse(stdout)).toEqual({
      code: 0,
      data: {
        clusterId: expect.stringMatching(/^in\d\d-[0-9a-f]{15}$/),
        username: expect.stringMatching(/^db_/),
        password: expect.stringMatching(/^\S{16}$/),
        prompt: expect.stringMatching(/^Successfully submitted, cluster is being created\. /),
      },
    })
  })
})
