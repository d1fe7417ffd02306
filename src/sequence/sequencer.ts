import type { Logger } from 'pino'
import { Signer } from '../audit/signer.ts'
import type { Clock } from '../cluster/clock.ts'
import { findCurrentKey, signingKeyPlace } from '../store/audit-keys.ts'
import { pruneEntries } from '../store/prune-audit.ts'
import { isQueueEmpty, sequenceEntries } from '../store/sequence-audit.ts'
import type { Store } from '../store/store.ts'
import type { Vault } from '../vault/vault.ts'

export interface SequencerDeps {
  store: Store
  vault: Vault
  clock: Clock
  log: Logger
  /** How long entries are kept, in milliseconds; null for ever. */
  retentionMs: number | null
}

/** After a commit, so long that those close behind it share its batch; all that is left of a second is for the batch. */
const gatherMs = 200
/** Entries of another process are found by looking, not by being told. */
const lookAgainMs = 1000
const pruneEveryMs = 3600_000

/**
 * Gives the entries of the audit log their places, within a second of their commit, and removes those that retention
 * lets go. Writers never wait for it, and all it knows is on disk.
 */
export class Sequencer {
  readonly #deps: SequencerDeps
  readonly #stopping = new AbortController()
  #signer: Signer | null = null
  #committed: () => void = () => {}
  #wake: () => void = () => {}
  #nextPruneTime = 0

  constructor(deps: SequencerDeps) {
    this.#deps = deps
  }

  /** Runs until `stop`; what was written by then has its place when it resolves. */
  async run(): Promise<void> {
    const { events } = this.#deps.store
    const committed = () => this.#committed()
    events.on('commit', committed)
    try {
      while (!this.#stopping.signal.aborted) {
        const news = this.#news()
        await this.#turn()
        await news
      }
      await this.#turn()
    } finally {
      events.off('commit', committed)
    }
  }

  stop(): void {
    this.#stopping.abort()
    this.#wake()
  }

  /** Gives every entry that waits its place. */
  async sequence(): Promise<void> {
    const { store } = this.#deps
    while (!(await isQueueEmpty(store))) await sequenceEntries(store, await this.#currentSigner())
  }

  /** Removes what retention lets go. */
  async prune(): Promise<void> {
    const { store, clock, retentionMs, log } = this.#deps
    if (retentionMs === null) return
    const cutoff = clock.now() - retentionMs
    for (let pruned = 1; pruned > 0 && !this.#stopping.signal.aborted; ) {
      pruned = await pruneEntries(store, cutoff)
      if (pruned > 0) log.info({ entries: pruned }, 'audit entries were pruned')
    }
  }

  async #turn(): Promise<void> {
    const { clock, log } = this.#deps
    try {
      await this.sequence()
      if (clock.now() < this.#nextPruneTime || this.#stopping.signal.aborted) return
      await this.prune()
      this.#nextPruneTime = clock.now() + pruneEveryMs
    } catch (error) {
      log.error({ err: error }, 'the audit log could not be brought up to date')
    }
  }

  async #currentSigner(): Promise<Signer> {
    const { store, vault } = this.#deps
    const key = await findCurrentKey(store.reader)
    if (!key) throw new Error('the audit log has no signing key')
    if (this.#signer?.id !== key.id) {
      const privateKey = await vault.open(key.sealedPrivateKey, signingKeyPlace(key.id))
      this.#signer = new Signer({ verifierKey: key.verifierKey, privateKey })
    }
    return this.#signer
  }

  /** Resolves a moment after the next commit, when it is time to look again, or at once when it is time to stop. */
  #news(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    let timer = setTimeout(resolve, lookAgainMs)
    this.#committed = () => {
      this.#committed = () => {}
      clearTimeout(timer)
      timer = setTimeout(resolve, gatherMs)
    }
    return promise.finally(() => clearTimeout(timer))
  }
}
