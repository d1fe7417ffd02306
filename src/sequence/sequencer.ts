import type { Logger } from 'pino'
import { Signer } from '../audit/signer.ts'
import type { Clock } from '../cluster/clock.ts'
import { findCurrentKey, signingKeyPlace } from '../store/audit-keys.ts'
import { LogMistrust } from '../store/audit-tree.ts'
import { pruneEntries } from '../store/prune-audit.ts'
import { pruneVersions } from '../store/prune-versions.ts'
import { findSigned, isQueueEmpty, sequenceEntries } from '../store/sequence-audit.ts'
import type { SignedTree } from '../store/signed-tree.ts'
import type { Store } from '../store/store.ts'
import type { Vault } from '../vault/vault.ts'

export interface SequencerDeps {
  store: Store
  vault: Vault
  clock: Clock
  log: Logger
  /** How long entries and versions of clusters are kept, in milliseconds; null for ever. */
  retentionMs: number | null
}

/** After a commit, so long that those close behind it share its batch; all that is left of a second is for the batch. */
const gatherMs = 200
/** Entries of another process are found by looking, not by being told. */
const lookAgainMs = 1000
const pruneEveryMs = 3600_000

/** While it lasts, what is wrong is told again so often. */
const tellAgainMs = 60_000

export const sequencerStates = ['working', 'hindered', 'failing', 'stopped'] as const
export type SequencerState = (typeof sequencerStates)[number]

/** What is wrong in the other states, for whoever asks and for the log. */
const troubles = {
  hindered: 'rows in the queue of the audit log can have no place in it: somebody wrote the tables',
  failing: 'the audit log could not be brought up to date',
  stopped: 'the audit log in the database is not what was signed: nothing is added to it, and nothing signed',
} as const satisfies Partial<Record<SequencerState, string>>

/**
 * Gives the entries of the audit log their places, within a second of their commit, and removes those that retention
 * lets go. Writers never wait for it. It keeps in mind what it signed, so that whoever writes the file meanwhile does not
 * have their version of the past signed.
 */
export class Sequencer {
  readonly #deps: SequencerDeps
  readonly #stopping = new AbortController()
  #signer: Signer | null = null
  #signed: SignedTree | null = null
  #unplaceable: readonly string[] = []
  #state: SequencerState = 'working'
  #told = { text: '', time: 0 }
  #committed: () => void = () => {}
  #wake: () => void = () => {}
  #nextPruneTime = 0

  constructor(deps: SequencerDeps) {
    this.#deps = deps
  }

  get state(): SequencerState {
    return this.#state
  }

  /** What `/readyz` tells. Entries are still written with their changes, and wait; nothing vouches for them yet. */
  get checks(): Record<string, string> {
    return this.#state === 'working' ? {} : { auditLog: troubles[this.#state] }
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

  /** Gives every entry that waits its place. @throws LogMistrust */
  async sequence(): Promise<void> {
    const { store } = this.#deps
    this.#signed ??= await findSigned(store)
    this.#unplaceable = []
    for (let placed = 1; placed > 0 && !(await isQueueEmpty(store)); ) {
      const sequenced = await sequenceEntries(store, await this.#currentSigner(), this.#signed)
      this.#signed = sequenced.signed
      this.#unplaceable = sequenced.unplaceable
      placed = sequenced.placed
    }
  }

  /** Removes what retention lets go. */
  async prune(): Promise<void> {
    const { store, clock, retentionMs, log } = this.#deps
    if (retentionMs === null) return
    const cutoff = clock.now() - retentionMs
    for (let pruned = 1; pruned > 0 && !this.#stopping.signal.aborted; ) {
      const { entries, signed } = await pruneEntries(store, cutoff, await this.#currentSigner(), this.#signed)
      this.#signed = signed
      if (entries > 0) log.info({ entries }, 'audit entries were pruned')
      pruned = entries
    }
    for (let pruned = 1; pruned > 0 && !this.#stopping.signal.aborted; ) {
      pruned = await pruneVersions(store, cutoff)
      if (pruned > 0) log.info({ versions: pruned }, 'versions of clusters were pruned')
    }
  }

  async #turn(): Promise<void> {
    const { clock } = this.#deps
    try {
      await this.sequence()
      if (clock.now() >= this.#nextPruneTime && !this.#stopping.signal.aborted) {
        await this.prune()
        this.#nextPruneTime = clock.now() + pruneEveryMs
      }
      const entries = this.#unplaceable
      if (entries.length === 0) this.#recover()
      else this.#fall('hindered', { entries: entries.slice(0, 10), total: entries.length })
    } catch (error) {
      this.#fall(error instanceof LogMistrust ? 'stopped' : 'failing', { err: error })
    }
  }

  #recover(): void {
    if (this.#state !== 'working') this.#deps.log.info('the audit log is brought up to date again')
    this.#state = 'working'
    this.#told = { text: '', time: 0 }
  }

  #fall(state: keyof typeof troubles, details: { err?: unknown; entries?: string[]; total?: number }): void {
    const { clock, log } = this.#deps
    this.#state = state
    const text = `${state} ${details.err ?? details.entries}`
    if (text === this.#told.text && clock.now() < this.#told.time + tellAgainMs) return
    this.#told = { text, time: clock.now() }
    log.error(details, troubles[state])
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
