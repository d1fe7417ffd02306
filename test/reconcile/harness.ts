import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { pino } from 'pino'
import type { Attribution } from '../../src/cluster/actor.ts'
import type { Cluster } from '../../src/cluster/cluster.ts'
import { newId } from '../../src/cluster/id.ts'
import type { JsonObject } from '../../src/cluster/json.ts'
import { type Send, shapesOf } from '../../src/cluster/provider.ts'
import { adapters } from '../../src/providers/adapters.ts'
import { Reconciler } from '../../src/reconcile/reconciler.ts'
import { createFireworksSandbox, type FireworksSandbox } from '../../src/sandbox/fireworks/sandbox.ts'
import type { ZillizMode } from '../../src/sandbox/zilliz/mode.ts'
import { createZillizSandbox, type ZillizSandbox } from '../../src/sandbox/zilliz/sandbox.ts'
import { releaseLeases } from '../../src/store/claims.ts'
import { apiKeyPlace, fingerprintOf } from '../../src/store/connection-rows.ts'
import { createConnection } from '../../src/store/connections.ts'
import { createCluster } from '../../src/store/create-cluster.ts'
import { nextDueTime } from '../../src/store/due.ts'
import { findCluster } from '../../src/store/read-clusters.ts'
import type { Store } from '../../src/store/store.ts'
import { MasterKey } from '../../src/vault/keyring.ts'
import { createVault, type Vault } from '../../src/vault/vault.ts'
import { callEmulator, comesByItself, type Emulated } from '../emulated-call.ts'
import { openStore, removePlace } from '../engine/open-store.ts'
import { brokenVersions } from '../store/version-chain.ts'

/** Time that passes only when a test says so. Shared by the gateway and the emulated providers. */
export class ManualClock {
  #now = Date.UTC(2026, 0, 1)
  now = () => this.#now
  advance(ms: number): void {
    this.#now += ms
  }
}

export const zillizUrl = 'https://zilliz.test'
export const fireworksUrl = 'https://fireworks.test'
export const projectId = 'proj-3f9a60d1c2b84e7752a0e8'

export const asker: Attribution = {
  actor: { type: 'api_key', id: 'key_test', displayName: 'tester', authMethod: 'api_key' },
  requestId: 'req-test',
  context: { ip: '127.0.0.1', userAgent: 'vitest', interface: 'http' },
}

/** Carries calls to the emulators without a socket. A call that hangs is given up, as by a timeout. */
export function sendTo(emulators: Record<string, Emulated>): Send {
  return async (request) => {
    const emulator = emulators[new URL(request.url).origin]
    if (!emulator) throw new Error(`nothing listens at ${request.url}`)
    const patience = new AbortController()
    const answer = callEmulator(emulator, request, patience.signal)
    if (!(await comesByItself(answer))) patience.abort()
    return answer
  }
}

export class Bench implements AsyncDisposable {
  readonly clock = new ManualClock()
  readonly directory = mkdtempSync(join(tmpdir(), 'clustergate-'))
  readonly #path = join(this.directory, 'gateway.db')
  readonly zilliz: ZillizSandbox
  readonly fireworks: FireworksSandbox
  vault: Vault
  readonly send: Send
  readonly timing = {
    pollInitialMs: 2000,
    pollMaxMs: 30_000,
    syncIntervalMs: 24 * 3600_000,
    callMs: 135_000,
    leaseMs: 180_000,
    lookGapMs: 10_000,
  }
  /** How every create was answered. */
  readonly answers: JsonObject[] = []
  store: Store
  reconciler: Reconciler

  /** `aheadMs`: how far the providers' clocks are ahead of the gateway's. */
  constructor({ aheadMs = 0, mode = {} }: { aheadMs?: number; mode?: Partial<ZillizMode> } = {}) {
    const clock = { now: () => this.clock.now() + aheadMs }
    this.zilliz = createZillizSandbox({ clock, rateLimit: false, mode })
    this.fireworks = createFireworksSandbox({ clock })
    this.send = sendTo({
      [zillizUrl]: { emulator: this.zilliz, ...clock },
      [fireworksUrl]: { emulator: this.fireworks, ...clock },
    })
    this.vault = createVault({
      current: new MasterKey(crypto.getRandomValues(new Uint8Array(32))),
      former: [],
    })
    this.store = this.#open()
    this.reconciler = this.replica()
  }

  #open(): Store {
    const shapeOf = shapesOf(adapters)
    return openStore({ path: this.#path, clock: this.clock, newId, synchronous: 'OFF', shapeOf })
  }

  /** One more process on the same database. */
  replica(
    send: Send = this.send,
    store: Store = this.store,
    pause: () => Promise<void> = async () => {},
  ): Reconciler {
    return new Reconciler({
      store,
      vault: this.vault,
      adapters,
      sendFor: () => send,
      hide: () => {},
      scrub: (text) => text,
      clock: this.clock,
      log: pino({ level: process.env.LOG_LEVEL ?? 'silent' }),
      random: () => 0.5,
      timing: this.timing,
      owner: newId('op'),
      concurrency: 32,
      perConnection: 12,
      pause,
    })
  }

  async connect(provider: 'zilliz' | 'fireworks', settings: JsonObject = {}) {
    const id = newId('con')
    const apiKey = provider === 'zilliz' ? this.zilliz.apiKey : this.fireworks.apiKey
    const baseUrl = provider === 'zilliz' ? zillizUrl : fireworksUrl
    const account = provider === 'zilliz' ? {} : { accountId: this.fireworks.accountId }
    const parsed = adapters[provider]?.settingsSchema.parse({ baseUrl, ...account, ...settings })
    return createConnection(
      this.store,
      { who: asker },
      {
        id,
        name: `${provider}-${id.slice(-6)}`,
        provider,
        teams: ['*'],
        settings: parsed ?? {},
        sealedApiKey: await this.vault.seal(apiKey, apiKeyPlace({ id, teams: ['*'] })),
        apiKeyFingerprint: fingerprintOf(apiKey),
      },
    )
  }

  async create(connection: { id: string; name: string; provider: string }, name: string, spec?: JsonObject) {
    const zilliz = connection.provider === 'zilliz'
    const wanted =
      spec ?? (zilliz ? { plan: 'SERVERLESS', projectId } : { eks: { awsAccountId: '123456789012' } })
    const { document } = await createCluster(
      this.store,
      { who: asker },
      {
        name,
        displayName: name,
        provider: connection.provider,
        connection,
        scope: adapters[connection.provider]?.scopeOf(wanted) ?? '',
        team: 'search',
        region: zilliz ? 'gcp-us-west1' : 'us-east-1',
        spec: wanted,
        labels: {},
        deletionProtection: false,
        expireTime: null,
      },
    )
    const answer = JSON.parse(document)
    this.answers.push(answer)
    return String(answer.id)
  }

  async cluster(id: string): Promise<Cluster> {
    const cluster = await findCluster(this.store, id)
    if (!cluster) throw new Error(`no cluster ${id}`)
    return cluster
  }

  /** The process dies, and another one starts on what it left. `first` is what is done before that one starts. */
  async restart(first: () => Promise<void> = () => releaseLeases(this.store)): Promise<void> {
    await first()
    this.reconciler = this.replica()
  }

  /** What became of the calls that a cluster's changes took, oldest first. */
  async outcomes(id: string): Promise<string[]> {
    const { intents } = this.store.reader.tables
    const rows = await this.store.reader.db.select().from(intents).where(eq(intents.clusterId, id))
    return rows.sort((a, b) => a.startTime - b.startTime || a.attempt - b.attempt).map((row) => row.outcome)
  }

  /** Lets time pass, step by step, until nothing is due within `horizonMs`. */
  async settle(horizonMs = 2 * 3600_000): Promise<void> {
    const end = this.clock.now() + horizonMs
    for (;;) {
      while ((await this.reconciler.startDue()) > 0) await this.reconciler.idle()
      await this.reconciler.idle()
      const next = await nextDueTime(this.store)
      if (next === null || next > end) return
      this.clock.advance(Math.max(0, next - this.clock.now()))
    }
  }

  /** Ends the run, and fails if a version of a cluster was not kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.reconciler.idle()
    const broken = await brokenVersions(this.store)
    await this.store[Symbol.asyncDispose]()
    removePlace(this.directory, this.#path)
    if (broken.length > 0) throw new Error(broken.join('\n'))
  }
}
