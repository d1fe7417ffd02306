import { setTimeout as setTimeoutAsync } from 'node:timers/promises'
import type { Logger } from 'pino'
import { gatewayItself } from '../cluster/actor.ts'
import { recordRewrap } from '../store/master-keys.ts'
import type { Store } from '../store/store.ts'
import type { Keyring } from '../vault/keyring.ts'
import { type RewrapCounts, rewrapAll } from './rewrap-all.ts'

export interface RewrapperDeps {
  store: Store
  keyring: Keyring
  log: Logger
  /** How to wait between two batches, so that others get their turn. */
  pause?: (ms: number) => Promise<unknown>
}

/** How far the rewrap is that runs, or how the last one ended. Times in epoch milliseconds. */
export interface RewrapProgress extends RewrapCounts {
  startTime: number | null
  endTime: number | null
}

/** Brings everything that is sealed under the current master key, in the background. */
export class Rewrapper {
  /** Of the last time that there was something to do. */
  progress: RewrapProgress = { startTime: null, endTime: null, rewrapped: 0, failed: 0 }
  readonly #deps: RewrapperDeps
  readonly #stopping = new AbortController()
  #running: Promise<void> | null = null

  constructor(deps: RewrapperDeps) {
    this.#deps = deps
  }

  get isRunning(): boolean {
    return this.#running !== null
  }

  /** Resolves when a pass over everything has found nothing more that it can do. Joins one that runs. */
  async run(): Promise<void> {
    this.#running ??= this.#passes().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  /** Resolves when the batch that is under way is written. What is left, the next start takes up. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running?.catch(() => {})
  }

  async #passes(): Promise<void> {
    const { store, keyring, log, pause = setTimeoutAsync } = this.#deps
    const { signal } = this.#stopping
    const { kid } = keyring.current
    const startTime = store.clock.now()
    const counts: RewrapCounts = { rewrapped: 0, failed: 0 }
    for (let done = -1; counts.rewrapped > done && !signal.aborted; ) {
      done = counts.rewrapped
      counts.failed = 0
      await rewrapAll({ store, keyring, log, pause, signal }, counts, () => {
        this.progress = { startTime, endTime: null, ...counts }
      })
    }
    if (counts.rewrapped === 0 && counts.failed === 0) return
    this.progress = { startTime, endTime: store.clock.now(), ...counts }
    log.info({ rewrap: counts, kid }, 'what is sealed was rewrapped')
    if (counts.rewrapped > 0) {
      await recordRewrap(store, { who: gatewayItself(store.newId('req')) }, kid, counts.rewrapped)
    }
  }
}
