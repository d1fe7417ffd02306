import { pino } from 'pino'
import { Problem } from '../../src/cluster/problem.ts'
import type { Send } from '../../src/cluster/provider.ts'
import { adapters } from '../../src/providers/adapters.ts'
import { Reconciler } from '../../src/reconcile/reconciler.ts'
import type { Timing } from '../../src/reconcile/timing.ts'
import type { Session, Store } from '../../src/store/store.ts'
import type { Vault } from '../../src/vault/vault.ts'
import type { Pulse } from './pulse.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Timeline } from './timeline.ts'

export interface ProcessParts {
  name: string
  store: Store
  vault: Vault
  timing: Timing
  timeline: Timeline
  pulse: Pulse
  random: SeededRandom
  /** How often a write is refused by the storage. */
  storageFaults: number
  /** Died at one of its wait points. */
  onDeath: (process: GatewayProcess) => void
  send: (process: GatewayProcess, request: Parameters<Send>[0]) => ReturnType<Send>
}

const silent = pino({ level: process.env.LOG_LEVEL ?? 'silent' })

class Dead extends Error {}

function nevermore(): Promise<never> {
  return new Promise(() => {})
}

/**
 * One process of the gateway: the real reconciler on the real store, which can die wherever it waits. From then on
 * nothing that it began goes on, and what it had not committed is undone.
 */
export class GatewayProcess {
  readonly name: string
  readonly store: Store
  readonly reconciler: Reconciler
  dead = false
  /** Wait points left until it dies. */
  fuse = Number.POSITIVE_INFINITY
  readonly #parts: ProcessParts
  #storageFaults: number
  #turning = false

  constructor(parts: ProcessParts) {
    this.name = parts.name
    this.#parts = parts
    this.#storageFaults = parts.storageFaults
    const { store, vault, timing, timeline, random } = parts
    this.store = Object.create(store, { write: { value: this.#write.bind(this) } })
    this.reconciler = new Reconciler({
      store: this.store,
      vault,
      adapters,
      sendFor: () => (request) => parts.send(this, request),
      hide: () => {},
      scrub: (text) => text,
      clock: timeline,
      log: silent,
      random: random.next,
      timing,
      owner: parts.name,
      concurrency: 32,
      perConnection: 12,
      pause: (ms) => timeline.delay(ms),
    })
  }

  /** From now on nothing goes wrong in it. */
  calm(): void {
    this.fuse = Number.POSITIVE_INFINITY
    this.#storageFaults = 0
  }

  die(): void {
    if (this.dead) return
    this.dead = true
    this.#parts.onDeath(this)
  }

  /** A wait point: the process lives on behind it, or never hears of anything again. */
  async survive(): Promise<void> {
    if (this.#dies()) return nevermore()
  }

  #dies(): boolean {
    this.fuse -= 1
    if (this.fuse < 0) this.die()
    return this.dead
  }

  async #write<T>(body: (session: Session) => Promise<T>): Promise<T> {
    const { store, pulse, random } = this.#parts
    await this.survive()
    if (random.chance(this.#storageFaults)) throw new Problem('audit-unavailable', 'The disk is full.')
    try {
      return await pulse.during(() =>
        store.write(async (session) => {
          const value = await body(session)
          if (this.#dies()) throw new Dead()
          return value
        }),
      )
    } catch (error) {
      if (error instanceof Dead) return nevermore()
      throw error
    } finally {
      await this.survive()
    }
  }

  /** Takes what is due until nothing is. Answers whether there was anything. */
  async turn(): Promise<boolean> {
    if (this.dead || this.#turning) return false
    this.#turning = true
    let started = 0
    try {
      for (let more = 1; more > 0; started += more) more = await this.reconciler.startDue()
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      this.#parts.timeline.after(1000, () => {})
    } finally {
      this.#turning = false
    }
    return started > 0
  }
}
