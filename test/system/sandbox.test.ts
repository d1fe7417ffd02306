import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Process, run } from './process.ts'
import { temporaryFolder } from './serve.ts'

/** A free port, as somebody would choose one. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' ? String(address?.port) : ''
}

interface Sandbox extends AsyncDisposable {
  process: Process
  url: string
  call(line: string, body?: unknown): Promise<{ status: number; text: string }>
}

/** `clustergate sandbox …`, and a caller that believes what it printed. */
async function startSandbox(...args: string[]): Promise<Sandbox> {
  const process = new Process(['sandbox', ...args])
  const [, url = '', key = ''] = await process.printed(/sandbox on (\S+), API key (\S+), controls at \S+\n/)
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const call = async (line: string, body?: unknown) => {
    const [method = '', path = ''] = line.split(' ')
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await fetch(url + path, { method, headers, ...sent })
    return { status: response.status, text: await response.text() }
  }
  return { process, url, call, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() }
}

describe.concurrent('clustergate sandbox', () => {
  it('zilliz runs alone where it is told, remembers, and fails on demand', async () => {
    using folder = temporaryFolder()
    const port = await freePort()
    const state = ['--state-file', join(folder.path, 'zilliz.json')]
    const fault = JSON.stringify({ operation: 'listProjects', fault: { kind: 'status', status: 503 } })
    const once = ['--port', port, '--api-key', 'a-key-of-ones-own', '--fault', fault, ...state]
    await using sandbox = await startSandbox('zilliz', ...once, '--provisioning-ms', '0')
    expect(sandbox.url).toBe(`http://127.0.0.1:${port}`)
    expect((await sandbox.call('GET /v2/projects')).status).toBe(503)
    const projects = JSON.parse((await sandbox.call('GET /v2/projects')).text)
    const { projectId } = projects.data[0]
    const cluster = { clusterName: 'Serverless-05', projectId, regionId: 'gcp-us-west1' }
    const made = JSON.parse((await sandbox.call('POST /v2/clusters/createServerless', cluster)).text)
    expect(made).toMatchObject({ code: 0, data: { password: expect.any(String) } })
    expect(await sandbox.process.stop()).toBe(0)

    await using again = await startSandbox('zilliz', '--api-key', 'a-key-of-ones-own', ...state)
    const described = JSON.parse((await again.call(`GET /v2/clusters/${made.data.clusterId}`)).text)
    expect(described.data).toMatchObject({ clusterName: 'Serverless-05', status: 'RUNNING' })
  })

  it('fireworks runs alone, with an account of its own and a clock that runs fast', async () => {
    const port = await freePort()
    const named = ['--account', 'acme', '--speed', '1000', '--host', '127.0.0.1']
    await using sandbox = await startSandbox('fireworks', '--port', port, ...named)
    const path = '/v1/accounts/acme/clusters'
    const eksCluster = { awsAccountId: '123456789012', region: 'us-east-1' }
    const made = await sandbox.call(`POST ${path}`, { cluster: { eksCluster }, clusterId: 'my-cluster' })
    expect(JSON.parse(made.text)).toMatchObject({ name: 'accounts/acme/clusters/my-cluster' })
    while (JSON.parse((await sandbox.call(`GET ${path}/my-cluster`)).text).state !== 'READY');
    expect((await sandbox.call('GET /_sandbox/requests')).status).toBe(200)
    expect(await sandbox.process.stop()).toBe(0)
  })
})

describe.concurrent('clustergate sandbox does not start', () => {
  const fault = '{"operation":"x","fault":{"kind":"none"}}'
  const wrong = ['--port', '70000', '--speed=-1', '--provisioning-ms', 'x', '--fault', '{', '--fault', fault]
  const words = ['Say which provider', '--port', '--speed', '--provisioning-ms', '--fault {:', '--fault {"op']
  const mistakes: [string, string[], RegExp][] = [
    ['with many mistakes', ['pinecone', ...wrong], new RegExp(words.join('.*\\n'), 's')],
    ['with two providers', ['zilliz', 'fireworks'], /^Say which provider: zilliz or fireworks\.$/],
    ['with an option that there is not', ['zilliz', '--prot', '1'], /^Unknown option '--prot'/],
    [
      'with ruins for a state',
      ['zilliz', '--state-file', import.meta.filename],
      /^--state-file \S+ cannot be read\. Move it away/,
    ],
  ]

  it.each(mistakes)('%s', async (_what, args, message) => {
    const { code, stdout, stderr } = await run(['sandbox', ...args])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr.trim()).toMatch(message)
    expect(stderr).not.toMatch(/\n {4}at /)
  })

  it('on a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const { code, stderr } = await run(['sandbox', 'zilliz', '--port', port])
    expect(code).toBe(1)
    expect(stderr.trim()).toBe(
      `Cannot listen on 127.0.0.1:${port} (EADDRINUSE). Choose another --port or --host.`,
    )
    other.close()
  })
})
