import { setTimeout as setTimeoutAsync } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Clock } from '../cluster/clock.ts'
import { ProviderFailure } from '../cluster/failure.ts'
import { Problem } from '../cluster/problem.ts'
import type { Account, Adapters } from '../cluster/provider.ts'
import { expireApprovals } from '../store/approvals.ts'
import { claimClusters, releaseLeases, settleCluster } from '../store/claims.ts'
import type { ClusterRow } from '../store/cluster-rows.ts'
import { claimConnections } from '../store/connection-claims.ts'
import type { ConnectionRow } from '../store/connection-rows.ts'
import { nextDueTime } from '../store/due.ts'
import { expireClusters } from '../store/expire-clusters.ts'
import { readFreeze } from '../store/freeze.ts'
import { forgetOldAnswers } from '../store/idempotency.ts'
import { forgetOldPolicyRequests } from '../store/policy-requests.ts'
import { findConnection } from '../store/read-connections.ts'
import type { Store } from '../store/store.ts'
import { type AccountOpener, openAccount } from './accounts.ts'
import { type Finding, perform } from './perform.ts'
import { beginStep, nextStep, type Step } from './plan.ts'
import { withoutSecrets } from './provider-words.ts'
import { settle } from './settle.ts'
import type { Random, Timing } from './timing.ts'
import { visitConnection } from './visit-connection.ts'

export interface ReconcilerDeps extends AccountOpener {
  store: Store
  adapters: Adapters
  clock: Clock
  log: Logger
  random: Random
  timing: Timing
  /** Tells this process from every other one, also from its own former life. */
  owner: string
  /** Steps under way at once: in all, and for one connection, so that a sick one cannot take every place. */
  concurrency: number
  perConnection: number
  /** How to wait until a store that takes no writes is tried again. Left out, as long as it says. */
  pause?: (ms: number) => Promise<unknown>
  /** Told of every step that was written down. Must not throw. */
  stepped?: (event: StepEvent) => void
}

export interface StepEvent {
  /** Of a cluster; or the visit to a connection. */
  step: Step | 'visit'
  outcome: 'done' | 'failed'
}

/** The provider was not asked at all: the connection's key could not be opened. */
function neverSent(cause: unknown): ProviderFailure {
  const message = 'The connection could not be opened; the log of clustergate says why. Nothing was sent.'
  const failure = new ProviderFailure({ kind: 'unavailable', applied: 'no', retryable: true, message })
  failure.cause = cause
  return failure
}

const housekeepingMs = 3600_000

/**
 * The only caller of providers. It takes rows whose time has come, makes each one's next step, writes down what came
 * of it, and sleeps until the next is due. All it knows between two steps is on disk.
 */
export class Reconciler {
  readonly #deps: ReconcilerDeps
  // Not by cluster: a step that outlives its lease runs beside the one that took over.
  readonly #running = new Set<{ connectionId: string; done: Promise<void> }>()
  readonly #stopping = new AbortController()
  #wake: () => void = () => {}
  #housekeptTime = 0

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps
  }

  /** Runs until `stop`. Resolves when the last step has been written down. */
  async run(): Promise<void> {
    const { store } = this.#deps
    const wake = () => this.#wake()
    store.events.on('due', wake)
    try {
      await releaseLeases(store)
      while (!this.#stopping.signal.aborted) await this.#turn()
    } finally {
      store.events.off('due', wake)
      await this.idle()
    }
  }

  /** Takes no more work; steps under way are finished. */
  stop(): void {
    this.#stopping.abort()
    this.#wake()
  }

  /** Resolves when no step is under way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all([...this.#running].map((step) => step.done))
  }

  async #turn(): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    try {
      if ((await this.startDue()) > 0) return
    } catch (error) {
      this.#deps.log.error({ err: error }, 'the reconciler could not claim work')
      return this.#sleep(woken, 1000)
    }
    await this.#sleep(woken, await this.#untilNextDue())
  }

  async #untilNextDue(): Promise<number> {
    const { store, clock, timing } = this.#deps
    // Work that another process leaves behind is found by looking, not by being told.
    const longest = timing.pollMaxMs
    if (this.#running.size >= this.#deps.concurrency) return longest
    const full = [...this.#roomPerConnection()].filter(([, left]) => left <= 0).map(([id]) => id)
    const next = await nextDueTime(store, full)
    return next === null ? longest : Math.min(Math.max(next - clock.now(), 10), longest)
  }

  async #sleep(woken: Promise<void>, delayMs: number): Promise<void> {
    if (this.#stopping.signal.aborted) return
    let timer: NodeJS.Timeout | undefined
    const elapsed = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, delayMs)
    })
    await Promise.race([woken, elapsed])
    clearTimeout(timer)
  }

  /** Claims what is due, up to the free places, and starts its steps. Answers how many. */
  async startDue(): Promise<number> {
    const { store, owner, timing, clock, perConnection } = this.#deps
    await this.#keepHouse()
    await this.#expire()
    const limit = this.#deps.concurrency - this.#running.size
    if (limit <= 0) return 0
    const { frozen } = await readFreeze(store.reader)
    const steps = new Map<string, Step>()
    const rows = await claimClusters(store, {
      owner,
      limit,
      leaseMs: timing.leaseMs,
      room: this.#roomPerConnection(),
      perConnection,
      begin: (row) => {
        const step = nextStep(row, frozen)
        steps.set(row.id, step)
        return beginStep(row, step, clock.now(), store.newId)
      },
    })
    for (const row of rows) {
      this.#start(row.id, row.connectionId, () => this.#stepCluster(row, steps.get(row.id) ?? 'observe'))
    }
    const connections = await claimConnections(store, {
      owner,
      leaseMs: timing.leaseMs,
      limit: perConnection,
    })
    for (const row of connections) {
      this.#start(row.id, row.id, () => visitConnection(this.#deps, row))
    }
    return rows.length + connections.length
  }

  #roomPerConnection(): Map<string, number> {
    const room = new Map<string, number>()
    for (const { connectionId } of this.#running) {
      room.set(connectionId, (room.get(connectionId) ?? this.#deps.perConnection) - 1)
    }
    return room
  }

  #start(id: string, connectionId: string, work: () => Promise<void>): void {
    const step = { connectionId, done: Promise.resolve() }
    this.#running.add(step)
    step.done = work()
      .catch((error) => this.#deps.log.error({ err: error, id }, 'a step of the reconciler failed'))
      .finally(() => {
        this.#running.delete(step)
        this.#wake()
      })
  }

  async #stepCluster(row: ClusterRow, step: Step): Promise<void> {
    const { store, log } = this.#deps
    const connection = await findConnection(store, row.connectionId)
    const finding = await withoutSecrets(this.#deps, row, await this.#find(row, step, connection))
    if (finding.step === 'failed' && finding.failure.cause) {
      log.error({ err: finding.failure.cause, clusterId: row.id, step }, 'a step could not be made')
    }
    await this.#save(row, finding)
    this.#deps.stepped?.({ step, outcome: finding.step === 'failed' ? 'failed' : 'done' })
    log.info({ clusterId: row.id, step, finding: finding.step, requestId: row.work.requestId }, 'step')
  }

  async #find(row: ClusterRow, step: Step, connection: ConnectionRow | undefined): Promise<Finding> {
    const adapter = this.#adapterOf(row)
    if (step === 'forget' || step === 'rest') return { step }
    let account: Account
    try {
      if (!connection) throw new Error(`cluster ${row.id} has lost its connection ${row.connectionId}`)
      const notAfter = (row.leaseUntil ?? 0) - this.#deps.timing.callMs
      const { requestId } = row.work
      account = await openAccount(this.#deps, connection, adapter, { requestId, notAfter })
    } catch (error) {
      return { step: 'failed', of: step, failure: neverSent(error) }
    }
    return perform(adapter, account, row, step)
  }

  #adapterOf(row: { provider: string }) {
    const adapter = this.#deps.adapters[row.provider]
    if (!adapter) throw new Error(`there is no adapter for ${row.provider}`)
    return adapter
  }

  /** What a provider answered exists nowhere else yet: a store that is full or locked is tried until it takes it. */
  async #save(claimed: ClusterRow, finding: Finding): Promise<void> {
    const { store, vault, owner, clock, timing, random, log, pause = setTimeoutAsync } = this.#deps
    for (let wait = 100; ; wait = Math.min(wait * 2, 5000)) {
      try {
        const context = { adapter: this.#adapterOf(claimed), timing, random, now: clock.now() }
        return await settleCluster(store, claimed, owner, {
          settle: (row, leaseHeld) => settle(row, finding, leaseHeld, context),
          seal: (credentials, place) => vault.seal(JSON.stringify(credentials), place),
        })
      } catch (error) {
        if (!(error instanceof Problem) || this.#stopping.signal.aborted) throw error
        log.error({ err: error, clusterId: claimed.id }, 'what a provider answered could not be stored yet')
        await pause(wait)
      }
    }
  }

  /** Ends what has run out of time, and warns of what will. */
  async #expire(): Promise<void> {
    await expireApprovals(this.#deps.store)
    for (const notice of await expireClusters(this.#deps.store)) {
      this.#deps.log.warn({ notice }, notice.expired ? 'a cluster has expired' : 'a cluster expires soon')
    }
  }

  async #keepHouse(): Promise<void> {
    const { clock, store } = this.#deps
    if (clock.now() - this.#housekeptTime < housekeepingMs) return
    this.#housekeptTime = clock.now()
    await forgetOldAnswers(store)
    await forgetOldPolicyRequests(store)
  }
}
