import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { type Answer, objectIn } from './client.ts'
import { Serving, temporaryFolder } from './serve.ts'
import { FakeZilliz, projectId } from './upstream/fake-zilliz.ts'

const spec = { plan: 'SERVERLESS', projectId }
const order = (name: string) => ({
  provider: 'zilliz',
  connection: 'z',
  team: 'search',
  name,
  region: 'gcp-us-west1',
  spec,
})

/** A gateway with a connection to an upstream of its own, whose reads have made their first round. */
async function serve(env: Record<string, string> = {}) {
  const zilliz = await new FakeZilliz('key-of-the-unwritable', { tells: 'much' }).listen()
  const serving = await Serving.start(env)
  const body = { name: 'z', provider: 'zilliz', apiKey: zilliz.key, settings: { baseUrl: zilliz.url } }
  const { id } = await serving.client.expect(201, 'POST /connections', { body })
  await serving.client.expect(200, `POST /connections/${id}/sync`, { headers: { prefer: 'wait=30' } })
  return {
    zilliz,
    serving,
    async [Symbol.asyncDispose]() {
      await serving[Symbol.asyncDispose]()
      await zilliz[Symbol.asyncDispose]()
    },
  }
}

function expectUnavailable({ status, json, headers }: Answer): void {
  expect([status, json.code, json.retryable]).toEqual([503, 'audit-unavailable', true])
  expect(headers.get('retry-after')).toBe('5')
}

/** Every kind of reading, that of the log itself included. */
async function expectReadable({ client }: Serving, id: string): Promise<void> {
  const paths = ['/clusters', `/clusters/${id}`, '/audit-entries', `/clusters/${id}/history`, '/connections']
  for (const path of [...paths, '/whoami', '/readyz']) await client.expect(200, `GET ${path}`)
  await client.expect(200, 'GET /clusters', { headers: { accept: 'application/x-ndjson' } })
}

const named = (body: JsonObject) => (request: { json: JsonObject }) => request.json.clusterName === body.name

/** Another process that holds the database's lock until it is told to let go. */
async function holdLock(file: string) {
  const script = `
    const db = new (require('better-sqlite3'))(process.argv[1])
    db.exec('BEGIN IMMEDIATE')
    console.log('held')
    process.stdin.on('end', () => process.exit()).resume()`
  const child = spawn(process.execPath, ['-e', script, file], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return {
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await once(child, 'exit')
    },
  }
}

it('while another process holds the database, changes are 503, nothing is sent upstream, reads go on; then all goes on by itself', async () => {
  await using started = await serve()
  const { zilliz, serving } = started
  const { client } = serving
  const body = order('put-off')
  zilliz.intercept = (request, answer) =>
    request.method === 'POST' && zilliz.changes.length === 1
      ? {
          status: 429,
          headers: { 'retry-after': '1' },
          body: { code: 49001, message: 'Too many requests' },
        }
      : answer()
  const { id } = await client.expect(202, 'POST /clusters', { body })
  await client.until(String(id), (cluster) => objectIn(cluster, 'operation').error !== null)
  {
    await using _held = await holdLock(serving.databaseFile)
    const refused = Array.from({ length: 100 }, (_, i) =>
      client.send('POST /clusters', { body: order(`refused-${i}`) }),
    )
    const deletion = client.send(`DELETE /clusters/${id}`)
    const [answers] = await Promise.all([Promise.all(refused), expectReadable(serving, String(id))])
    for (const answer of [...answers, await deletion]) expectUnavailable(answer)
    const exported = { headers: { accept: 'text/csv' } }
    expectUnavailable(await client.send('GET /audit-entries', exported))
    // The second attempt at the first cluster is due by now, and cannot be written down before it is made.
    await serving.process.printed(/the reconciler could not claim work/)
    expect(zilliz.changes).toHaveLength(1)
  }
  await client.until(String(id), ({ state }) => state === 'READY')
  expect(zilliz.changes.filter(named(body))).toHaveLength(2)
  await client.settled('POST /clusters', order('refused-0'))
  expect(zilliz.rows.map(({ facts }) => facts.clusterName)).toEqual(['put-off', 'refused-0'])
})

/** A file system of its own that is as large as a database needs for a while; null where this user may not mount one. */
function mountSmallDisk(folder: string): { path: string; [Symbol.dispose](): void } | null {
  const path = join(folder, 'disk')
  mkdirSync(path)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    return null
  }
  return { path, [Symbol.dispose]: () => void execFileSync('umount', ['--lazy', path]) }
}

/** Leaves no room on a disk. */
function fill(file: string): void {
  for (const size of [1 << 20, 1 << 12]) {
    for (;;) {
      try {
        writeFileSync(file, Buffer.alloc(size), { flag: 'a' })
      } catch {
        break
      }
    }
  }
}

function mayMount(): boolean {
  using folder = temporaryFolder()
  using disk = mountSmallDisk(folder.path)
  return disk !== null
}

// Where nobody may mount a disk, the store's own test of a full database (test/store/open.test.ts) is all there is.
if (mayMount()) {
  it('while the disk is full, changes are 503, nothing is sent upstream, reads go on; then all goes on by itself', async () => {
    using folder = temporaryFolder()
    using disk = mountSmallDisk(folder.path)
    const [file, filler] = [join(disk?.path ?? '', 'gateway.db'), join(disk?.path ?? '', 'filler')]
    await using started = await serve({ DATABASE_URL: `file:${file}` })
    const { zilliz, serving } = started
    const { client } = serving
    const { id } = await client.expect(202, 'POST /clusters', { body: order('before') })
    await client.until(String(id), ({ state }) => state === 'READY')
    fill(filler)
    // What was allocated before may hold one more.
    let refused: Answer
    const accepted: string[] = ['before']
    for (let i = 0; ; i++) {
      const name = `crowded-${i}`
      refused = await client.send('POST /clusters', { body: order(name) })
      if (refused.status !== 202) break
      accepted.push(name)
    }
    expectUnavailable(refused)
    for (const i of Array.from({ length: 5 }).keys()) {
      expectUnavailable(await client.send('POST /clusters', { body: order(`refused-${i}`) }))
    }
    expectUnavailable(await client.send(`DELETE /clusters/${id}`))
    await expectReadable(serving, String(id))
    const sent = zilliz.changes.map(({ json }) => String(json.clusterName))
    expect(accepted).toEqual(expect.arrayContaining(sent))
    expect(existsSync(filler)).toBe(true)
    rmSync(filler)
    await client.settled('POST /clusters', order('after'))
    for (const cluster of await client.all('/clusters', 'clusters')) {
      await client.until(String(cluster.id), ({ state }) => state === 'READY')
    }
    expect(zilliz.rows.map(({ facts }) => facts.clusterName).sort()).toEqual([...accepted, 'after'].sort())
  })
}
