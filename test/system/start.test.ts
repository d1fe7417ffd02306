import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, listIn } from './client.ts'
import { run } from './process.ts'
import { dataFolder, runInShell, Started, startEnvironment } from './starting.ts'

describe('the first start', () => {
  const folder = dataFolder()
  let started: Started

  beforeAll(async () => {
    started = await Started.in(folder.path)
  })
  afterAll(async () => {
    await started[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })

  it('makes the keys for their owner alone and prints the admin key once', () => {
    for (const name of ['admin.key', 'master.key']) {
      expect(statSync(join(folder.path, name)).mode & 0o777, name).toBe(0o600)
    }
    const { stdout, stderr } = started.process
    expect(stdout.split(started.client.key)).toHaveLength(2)
    expect(stdout).not.toContain(readFileSync(join(folder.path, 'master.key'), 'utf8').trim())
    expect(stderr).toBe('')
  })

  it('prints three curls that create a cluster, list it, and tell who made it', () => {
    const [made, list, audit, ...more] = started.curls.map(runInShell)
    expect(more).toEqual([])
    expect(made).toMatchObject({ name: 'my-cluster', provider: 'fireworks', state: 'READY' })
    expect(list).toMatchObject({ clusters: [{ id: made?.id, state: 'READY' }] })
    expect(audit).toMatchObject({
      auditEntries: [{ action: 'cluster.create', actor: { type: 'api_key' }, targets: [{ id: made?.id }] }],
    })
  })

  it('has a connection to every provider at hand, with projects to choose from', async () => {
    const { client } = started
    const connections = await client.all('/connections', 'connections')
    expect(connections.map(({ name }) => name).sort()).toEqual(['fireworks-sandbox', 'zilliz-sandbox'])
    for (const { verifiedTime, lastError } of connections) {
      expect([verifiedTime, lastError]).toEqual([expect.any(String), null])
    }
    expect(await projectOf(client)).toMatch(/^proj-/)
  })
})

describe.concurrent('a start', () => {
  it('takes keys from the environment, in the printed curls too, and prints none', async () => {
    using folder = dataFolder()
    const keys = {
      CLUSTERGATE_ADMIN_KEY: 'an-admin-key-of-ones-own-0123',
      CLUSTERGATE_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    }
    await using started = await Started.in(folder.path, keys)
    expect(runInShell(String(started.curls[1]))).toHaveProperty('clusters')
    const { stdout, stderr } = started.process
    for (const key of Object.values(keys)) expect(stdout + stderr).not.toContain(key)
  })

  it('that is not the first finds everything as it was left, and does not print the key again', async () => {
    using folder = dataFolder()
    await using first = await Started.in(folder.path)
    const id = await createSearch(first.client)
    const password = await reveal(first.client, id)
    expect(await first.process.stop()).toBe(0)

    await using second = await Started.in(folder.path)
    const { client, process } = second
    expect(client.key).toBe(first.client.key)
    expect(process.stdout).not.toContain(client.key)
    expect(await client.expect(200, `GET /clusters/${id}`)).toMatchObject({ name: 'search', state: 'READY' })
    expect(await reveal(client, id)).toBe(password)
    const entries = await client.all('/audit-entries?action=cluster.create', 'auditEntries')
    expect(entries.map(({ targets }) => targets)).toEqual([[expect.objectContaining({ id })]])
    // The emulated provider remembers it too, and the connection still leads there.
    expect(await client.settled(`POST /clusters/${id}/suspend`)).toMatchObject({ state: 'SUSPENDED' })
  })

  it('that finds what the emulated providers kept in ruins says which file it is and ends', async () => {
    using folder = dataFolder()
    mkdirSync(join(folder.path, 'sandbox'))
    const file = join(folder.path, 'sandbox/zilliz.json')
    writeFileSync(file, '{"clusters":[')
    const { code, stderr } = await run(['start'], startEnvironment(folder.path))
    expect(code).toBe(1)
    expect(stderr.trim()).toBe(
      `${file}, where an emulated provider keeps its clusters, cannot be read. Move it away to begin with none.`,
    )
  })
})

async function projectOf(client: Client): Promise<unknown> {
  const [connection] = await client.all('/connections?provider=zilliz', 'connections')
  const directory = await client.expect(200, `GET /connections/${connection?.id}/projects`)
  return listIn(directory, 'projects')[0]?.projectId
}

async function createSearch(client: Client): Promise<string> {
  const projectId = await projectOf(client)
  const spec = { plan: 'DEDICATED', projectId, cuType: 'Performance-optimized', cuSize: 1 }
  const body = { provider: 'zilliz', team: 'search', name: 'search', region: 'gcp-us-west1', spec }
  const cluster = await client.settled('POST /clusters', body)
  expect(cluster).toMatchObject({ state: 'READY' })
  return String(cluster.id)
}

async function reveal(client: Client, id: string): Promise<unknown> {
  const body = { reason: 'to compare' }
  return (await client.expect(200, `POST /clusters/${id}/credentials/reveal`, { body })).password
}
