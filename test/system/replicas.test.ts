import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { EmulatedProvider } from '../crash/emulated.ts'
import { startPostgres } from '../engine/postgres-server.ts'
import { Client, objectIn } from './client.ts'
import { Process } from './process.ts'

const program = join(import.meta.dirname, 'impatient-gateway.ts')
const projectId = 'proj-3f9a60d1c2b84e7752a0e8'
/** Longer than the lease of that program. */
const pauseMs = 7000
const orders = 60

/** A replica and who asks it. */
interface Replica extends AsyncDisposable {
  process: Process
  client: Client
}

async function startReplica(env: Record<string, string>): Promise<Replica> {
  const process = new Process([], env, undefined, program)
  const [, url = ''] = await process.printed(/"url":"(http:[^"]+)"/)
  const client = new Client(url, env.CLUSTERGATE_ADMIN_KEY ?? '')
  return { process, client, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() }
}

function environment(databaseUrl: string): Record<string, string> {
  return {
    PORT: '0',
    DATABASE_URL: databaseUrl,
    CLUSTERGATE_MASTER_KEY: randomBytes(32).toString('base64'),
    CLUSTERGATE_ADMIN_KEY: `admin-${randomBytes(16).toString('hex')}`,
    CLUSTERGATE_ALLOW_LOOPBACK_UPSTREAMS: 'true',
    CLUSTERGATE_POLL_INITIAL_MS: '300',
    CLUSTERGATE_POLL_MAX_MS: '1000',
  }
}

/** Asks one replica after the other until one has accepted. The paused one keeps its callers waiting. */
async function order(replicas: Replica[], number: number, accepted: Map<string, Set<string>>): Promise<void> {
  const name = `order-${number}`
  const spec = { plan: 'SERVERLESS', projectId }
  const body = { team: 'team', name, provider: 'zilliz', region: 'gcp-us-west1', spec }
  for (let turn = number; ; turn++) {
    const { client } = replicas[turn % replicas.length] as Replica
    const answer = await client
      .send('POST /clusters', { body, headers: { 'idempotency-key': name } })
      .catch((error: unknown) => {
        // It was killed, or restarts, or is too busy to answer: the next one may be asked under the same key.
        if (error instanceof TypeError) return null
        throw error
      })
    if (answer?.status === 202) {
      const ids = accepted.get(name) ?? new Set()
      accepted.set(name, ids.add(String(answer.json.id)))
      return
    }
    if (answer && answer.status !== 503) throw new Error(`${name}: ${answer.status} ${answer.text}`)
    await setTimeout(50)
  }
}

test('three replicas under load, one killed, one paused past its lease, the database restarted: nothing lost, nothing twice', async () => {
  await using server = await startPostgres({ durable: true })
  await using zilliz = await EmulatedProvider.start('zilliz')
  const env = environment(`${server.url}postgres`)
  const replicas = await Promise.all([1, 2, 3].map(() => startReplica(env)))
  await using cleanUp = new AsyncDisposableStack()
  for (const replica of replicas) cleanUp.use(replica)
  const [killed, paused, steady] = replicas as [Replica, Replica, Replica]
  const settings = { baseUrl: zilliz.url }
  const connection = { name: 'zilliz', provider: 'zilliz', apiKey: zilliz.apiKey, settings }
  const { id } = await steady.client.expect(201, 'POST /connections', { body: connection })
  await zilliz.control('POST /faults', { operation: '*', fault: { kind: 'latency', ms: 60 }, times: null })

  const accepted = new Map<string, Set<string>>()
  const asked: Promise<void>[] = []
  const ask = (first: number, count: number) => {
    for (let number = first; number < first + count; number++) asked.push(order(replicas, number, accepted))
  }
  ask(0, 20)
  await setTimeout(300)
  await expectVerified(env)
  const held = await steady.client.send('GET /audit-checkpoints/latest')
  killed.process.signal('SIGKILL')
  ask(20, 20)
  await setTimeout(100)
  paused.process.signal('SIGSTOP')
  await setTimeout(1000)
  await server.restart()
  ask(40, 20)
  await setTimeout(pauseMs)
  paused.process.signal('SIGCONT')
  await Promise.all(asked)

  // Under the key of a request that was accepted, every replica tells of the same cluster.
  await Promise.all(Array.from({ length: orders }, (_, number) => order([paused, steady], number, accepted)))
  expect(accepted.size).toBe(orders)
  for (const [name, ids] of accepted) expect([name, ids.size]).toEqual([name, 1])
  expect(steady.process.stderr).toBe('')
  const ids = [...accepted.values()].flatMap((set) => [...set])
  for (const cluster of ids) await steady.client.until(cluster, isSettled)

  await sync(steady.client, String(id))
  const inventory = await steady.client.all('/clusters', 'clusters')
  const odd = inventory.filter(({ state, management }) => state !== 'READY' || management !== 'MANAGED')
  expect(odd).toEqual([])
  expect(inventory.map((cluster) => cluster.id).sort()).toEqual(ids.sort())
  const living = await zilliz.living('clusterId')
  expect(inventory.map(({ externalId }) => String(externalId)).sort()).toEqual(living.sort())
  const created = await steady.client.all('/audit-entries?action=cluster.create', 'auditEntries')
  expect(created.filter(({ outcome }) => outcome === 'SUCCESS')).toHaveLength(orders)
  await expectVerified(env, held.text)
}, 90_000)

/** The log is whole, and continues what the note says that was held from before. */
async function expectVerified(env: Record<string, string>, heldNote?: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'clustergate-replicas-'))
  const held = join(folder, 'checkpoint')
  if (heldNote !== undefined) writeFileSync(held, heldNote)
  const options = heldNote === undefined ? [] : ['--checkpoint', held]
  await using verifying = new Process(['audit', 'verify', '--json', ...options], env)
  expect([await verifying.ended, verifying.stderr]).toEqual([0, ''])
  rmSync(folder, { recursive: true })
  expect(JSON.parse(verifying.stdout)).toMatchObject({ ok: true, findings: [] })
}

function isSettled({ operation }: JsonObject): boolean {
  const { status } = operation as { status: string }
  return status === 'SUCCEEDED' || status === 'FAILED'
}

async function sync(client: Client, id: string): Promise<void> {
  const asked = Date.now()
  await client.expect(202, `POST /connections/${id}/sync`)
  for (;;) {
    const { startTime, status } = objectIn(await client.expect(200, `GET /connections/${id}`), 'lastSync')
    if (Date.parse(String(startTime)) >= asked) return expect(status).toBe('SUCCEEDED')
    await setTimeout(100)
  }
}
