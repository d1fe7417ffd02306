import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { systemClock } from '../../src/cluster/clock.ts'
import { newId } from '../../src/cluster/id.ts'
import type { UpstreamRequest } from '../../src/cluster/provider.ts'
import { adapters } from '../../src/providers/adapters.ts'
import { Reconciler, type ReconcilerDeps } from '../../src/reconcile/reconciler.ts'
import { createCluster } from '../../src/store/create-cluster.ts'
import { openSqlite } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { parseMasterKey } from '../../src/vault/keyring.ts'
import { createVault } from '../../src/vault/vault.ts'
import { orderOf, projectId, who } from './orders.ts'
import { type Probe, probe } from './probe.ts'
import { answerCalls } from './rpc.ts'

/** A create and the look that finds it ready. */
const stepsPerCluster = 2

let store: Store
let masterKey = ''
let made = 0

function open(database: string, key: string): void {
  store = openSqlite({ path: database, clock: systemClock, newId })
  masterKey = key
}

/** Has so many clusters asked for at these connections; nobody acts on them yet. */
async function prepare(count: number, connections: { id: string; name: string }[]): Promise<void> {
  const orders = Array.from({ length: count }, (_, index) => {
    const connection = connections[index % connections.length] ?? { id: '', name: '' }
    return orderOf(connection, `step-${++made}`)
  })
  await Promise.all(orders.map((order) => createCluster(store, { who }, order)))
}

/** Carries out all that was prepared, with a provider that answers at once. Answers steps a second. */
async function run(count: number): Promise<number> {
  const done = Promise.withResolvers<void>()
  let calls = 0
  const reconciler = createReconciler(async (request) => {
    if (++calls === count * stepsPerCluster) done.resolve()
    return { status: 200, headers: {}, text: JSON.stringify({ code: 0, data: answerTo(request) }) }
  })
  const startMs = performance.now()
  const running = reconciler.run()
  await done.promise
  reconciler.stop()
  await running
  return calls / ((performance.now() - startMs) / 1000)
}

function answerTo({ method, url }: UpstreamRequest): object {
  if (method === 'POST') {
    return { clusterId: `in05-${randomUUID().slice(0, 8)}`, username: 'db_admin', password: randomUUID() }
  }
  const clusterId = url.slice(url.lastIndexOf('/') + 1)
  return { clusterId, status: 'RUNNING', projectId, plan: 'Serverless', regionId: 'gcp-us-west1' }
}

function createReconciler(send: ReturnType<ReconcilerDeps['sendFor']>): Reconciler {
  return new Reconciler({
    store,
    adapters,
    vault: createVault({ current: parseMasterKey(masterKey), former: [] }),
    sendFor: () => send,
    hide: () => {},
    scrub: (text) => text,
    clock: systemClock,
    log: pino({ level: 'silent' }),
    random: Math.random,
    owner: randomUUID(),
    concurrency: 32,
    perConnection: 12,
    timing: {
      pollInitialMs: 1,
      pollMaxMs: 1,
      syncIntervalMs: 3_600_000,
      callMs: 135_000,
      leaseMs: 180_000,
      lookGapMs: 5,
    },
  })
}

const calls = { ...probe, open, prepare, run }
export type ReconcilerCalls = Probe & typeof calls
answerCalls(calls)
