import { once } from 'node:events'
import { connect } from 'node:net'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reconcilerActor } from '../../src/cluster/actor.ts'
import { systemClock } from '../../src/cluster/clock.ts'
import { newId } from '../../src/cluster/id.ts'
import { type AuditRecord, recordAudit } from '../../src/store/audit-entries.ts'
import { openSqlite } from '../../src/store/open.ts'
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

/** More than the buffers of a connection take. */
async function fillLog(entries: number): Promise<void> {
  await using store = openSqlite({ path: serving.databaseFile, clock: systemClock, newId })
  const context = { ip: null, userAgent: null, interface: 'cli' } as const
  const who = { actor: reconcilerActor, requestId: 'req_fill', context }
  const record: AuditRecord = { action: 'cluster.observe', outcome: 'SUCCESS', targets: [], team: null }
  await store.write(async (session) => {
    for (let i = 0; i < entries; i++) await recordAudit(store, session, who, record)
  })
}

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

  it('cuts off an export that nobody reads, says so in the log, and gives that its place', async () => {
    await serving.process.stop()
    await fillLog(20_000)
    await serving.startAgain()
    const { client, process } = serving
    const socket = connect(Number(new URL(client.url).port), '127.0.0.1')
    const head = ['GET /audit-entries HTTP/1.1', 'Host: gateway', 'Accept: application/x-ndjson']
    socket.write(`${[...head, `Authorization: Bearer ${client.key}`].join('\r\n')}\r\n\r\n`)
    await once(socket, 'readable')
    expect(await process.stop()).toBe(0)
    expect(process.stderr).toBe('')
    socket.destroy()
    const db = new Database(serving.databaseFile, { readonly: true })
    const ends = db.prepare(
      "SELECT outcome FROM audit_entries WHERE action = 'audit.read' ORDER BY time DESC, id DESC LIMIT 1",
    )
    expect(ends.pluck().get()).toBe('FAILURE')
    expect(db.prepare('SELECT count(*) FROM audit_queue').pluck().get()).toBe(0)
    db.close()
    await serving.startAgain()
  })

  it('stops in the same way where it comes more than once', async () => {
    serving.process.signal('SIGTERM')
    serving.process.signal('SIGINT')
    expect(await serving.process.ended).toBe(0)
  })
})
