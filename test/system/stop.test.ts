import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RawRequest } from './raw-request.ts'
import { Serving } from './serve.ts'
import { FakeZilliz, projectId } from './upstream/fake-zilliz.ts'

let upstream: FakeZilliz
let serving: Serving

beforeAll(async () => {
  upstream = await new FakeZilliz('key-of-the-stopped').listen()
  serving = await Serving.start({ CLUSTERGATE_SHUTDOWN_TIMEOUT_MS: '3000' })
  const settings = { baseUrl: upstream.url }
  const body = { name: 'zilliz', provider: 'zilliz', apiKey: upstream.key, settings }
  await serving.client.expect(201, 'POST /connections', { body })
})
afterAll(async () => {
  await serving[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

const spec = { plan: 'SERVERLESS', projectId }
const order = (name: string) => ({ provider: 'zilliz', team: 'search', name, region: 'gcp-us-west1', spec })

/** Holds the answer to creates: `made` when the first has had its effect, `release` to let the answers go. */
function holdCreates() {
  const made = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  upstream.intercept = async ({ method }, answer) => {
    const reply = answer()
    if (method !== 'POST') return reply
    made.resolve()
    await released.promise
    return reply
  }
  return { made: made.promise, release: () => released.resolve() }
}

/** The outcomes of the intents of a cluster, oldest first, from the database of a process that has ended. */
function intentsOf(id: unknown): unknown[] {
  const db = new Database(serving.databaseFile, { readonly: true })
  try {
    return db.prepare('SELECT outcome FROM intents WHERE cluster_id = ? ORDER BY start_time').pluck().all(id)
  } finally {
    db.close()
  }
}

async function startCreate(name: string): Promise<string> {
  const { made } = holds
  const { id } = await serving.client.expect(202, 'POST /clusters', { body: order(name) })
  await made
  return String(id)
}
let holds: ReturnType<typeof holdCreates>

describe('SIGTERM', () => {
  it('lets what is under way finish, and loses nothing of it', async () => {
    holds = holdCreates()
    const id = await startCreate('answered-late')
    const { client, process } = serving
    using posted = await RawRequest.begin(client, 'POST /clusters', { body: order('half-sent') })
    const { etag } = await client.expect(200, `GET /clusters/${id}`)
    const headers = { Prefer: 'wait=60', 'If-None-Match': String(etag) }
    using waiting = await RawRequest.begin(client, `GET /clusters/${id}`, { headers })

    process.signal('SIGTERM')
    expect(await waiting.answer()).toMatch(/^HTTP\/1.1 304 /)
    await expect(fetch(`${client.url}/readyz`)).rejects.toThrow('fetch failed')
    posted.sendBody()
    const answer = await posted.answer()
    expect(answer).toMatch(/^HTTP\/1.1 202 /)
    expect(answer.toLowerCase()).toContain('\r\nconnection: close\r\n')
    holds.release()
    expect(await process.ended).toBe(0)
    expect(process.stderr).toBe('')
    expect(intentsOf(id)).toEqual(['SUCCEEDED'])

    await serving.startAgain()
    const cluster = await serving.client.until(id, ({ state }) => state === 'READY')
    expect(cluster).toMatchObject({ credentialState: 'AVAILABLE', operation: { attempts: 1 } })
    const [half] = await serving.client.all('/clusters?name=half-sent', 'clusters')
    await serving.client.until(String(half?.id), ({ state }) => state === 'READY')
    expect(upstream.rows.map(({ facts }) => facts.clusterName).sort()).toEqual(['answered-late', 'half-sent'])
  })

  it('leaves a call that is not answered in time as one whose outcome is to be found out', async () => {
    holds = holdCreates()
    const id = await startCreate('never-answered')
    expect(await serving.process.stop()).toBe(0)
    expect(intentsOf(id)).toEqual(['UNKNOWN'])
    holds.release()

    await serving.startAgain()
    const cluster = await serving.client.until(id, ({ state }) => state === 'READY')
    expect(cluster).toMatchObject({
      credentialState: 'LOST',
      operation: { status: 'SUCCEEDED', attempts: 1 },
    })
    expect(upstream.named('never-answered')).toHaveLength(1)
    const { code } = await serving.client.expect(409, `POST /clusters/${id}/credentials/reveal`, {
      body: { reason: 'to see' },
    })
    expect(code).toBe('credentials-lost')
  })

  it('stops in the same way where it comes more than once', async () => {
    serving.process.signal('SIGTERM')
    serving.process.signal('SIGINT')
    expect(await serving.process.ended).toBe(0)
  })
})
