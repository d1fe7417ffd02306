import type { Logger } from 'pino'
import { Problem } from '../cluster/problem.ts'
import {
  activateMasterKey,
  countSealed,
  readCurrentKid,
  retireMasterKey,
  tellCounts,
} from '../store/master-keys.ts'
import type { Mutation } from '../store/mutation.ts'
import type { Store } from '../store/store.ts'
import { kidOffset } from '../vault/envelope.ts'
import type { Keyring } from '../vault/keyring.ts'
import { createVault, type Vault } from '../vault/vault.ts'
import { VaultError } from '../vault/vault-error.ts'
import { KeySourceError } from './key-sources.ts'
import type { KeysAdministration, KeysReport } from './keys-administration.ts'
import { remainingValues, reportKeys } from './keys-report.ts'
import type { LiveKeyring } from './live-keyring.ts'
import { Rewrapper, type RewrapperDeps } from './rewrapper.ts'

export interface MasterKeysDeps extends Pick<RewrapperDeps, 'pause'> {
  store: Store
  keyring: LiveKeyring
  log: Logger
}

/** How often to look whether another process has rotated, and for values that were sealed under an earlier key meanwhile. */
const lookMs = 60_000

/** The master keys of a process that seals: which key does, and how what is sealed comes under another. */
export class MasterKeys implements KeysAdministration {
  readonly readOnly = false
  readonly vault: Vault
  readonly #deps: MasterKeysDeps
  readonly #rewrapper: Rewrapper
  readonly #stopping = new AbortController()
  #wake: () => void = () => {}
  #following: Promise<boolean> | null = null

  constructor(deps: MasterKeysDeps) {
    this.#deps = deps
    this.#rewrapper = new Rewrapper(deps)
    const vault = createVault(deps.keyring)
    this.vault = {
      get kid() {
        return vault.kid
      },
      seal: vault.seal,
      open: async (envelope, place) => {
        try {
          return await vault.open(envelope, place)
        } catch (error) {
          const unknown = error instanceof VaultError && error.code === 'unknown-key'
          if (!unknown || !(await this.#follow())) throw error
          return vault.open(envelope, place)
        }
      },
    }
  }

  async report(): Promise<KeysReport> {
    const keys = await reportKeys(this.#deps.store.reader, this.#deps.keyring.kids)
    const { progress, isRunning } = this.#rewrapper
    const status = isRunning ? 'RUNNING' : 'IDLE'
    const rewrap = { status, ...progress, remaining: remainingValues(keys) } as const
    return { keys, rewrap, readOnly: false, lost: null }
  }

  async rotate(mutation: Mutation): Promise<void> {
    const { store, keyring } = this.#deps
    const given = await this.#readAgain()
    const { kid } = given.current
    if (kid === (await readCurrentKid(store.reader))) throw unchanged(keyring, kid)
    await this.#requirePrevious(given)
    await activateMasterKey(store, mutation, kid)
    keyring.take(given)
    this.#wake()
  }

  async #readAgain(): Promise<Keyring> {
    try {
      return await this.#deps.keyring.readAgain()
    } catch (error) {
      if (!(error instanceof KeySourceError)) throw error
      throw new Problem('key-source-failed', error.message, { retryAfterS: 5 })
    }
  }

  /** A restart in the middle of the rewrap needs the earlier keys, so they must be where a start reads them. */
  async #requirePrevious({ current, former }: Keyring): Promise<void> {
    const given = new Set([current, ...former].map(({ kid }) => kid))
    const counts = await countSealed(this.#deps.store.reader, kidOffset)
    const missing = [...counts].filter(([kid]) => !given.has(kid))
    if (missing.length === 0) return
    const needs = missing.map(([kid, values]) => `master key ${kid}, which ${tellCounts(values)} still need`)
    throw new Problem(
      'key-not-rotatable',
      `A restart in the middle of the rewrap would not find ${needs.join('; and ')}. ` +
        'Put it among the previous keys first (CLUSTERGATE_PREVIOUS_MASTER_KEYS_FILE or _COMMAND), then rotate.',
    )
  }

  async retire(mutation: Mutation, kid: string): Promise<void> {
    await retireMasterKey(this.#deps.store, mutation, kid, kidOffset)
    this.#deps.keyring.forget(kid)
  }

  /** Resolves when everything is under the current key. */
  rewrap(): Promise<void> {
    return this.#rewrapper.run()
  }

  /** Follows rotations and rewraps in the background, until `stop`. */
  async run(): Promise<void> {
    const { signal } = this.#stopping
    for (let looked = false; !signal.aborted; ) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      try {
        await this.#follow()
        // Without another key there is nothing more to do than what an earlier version has left.
        if (!looked || this.#deps.keyring.former.length > 0) await this.rewrap()
        looked = true
      } catch (error) {
        this.#deps.log.error({ err: error }, 'what is sealed could not be rewrapped yet')
      }
      if (!signal.aborted) await wait(woken, lookMs)
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake()
    await this.#rewrapper.stop()
  }

  /** Another process may have rotated: the database knows the current key. Answers whether this one has changed over. */
  async #follow(): Promise<boolean> {
    this.#following ??= this.#followOnce().finally(() => {
      this.#following = null
    })
    return this.#following
  }

  async #followOnce(): Promise<boolean> {
    const { store, keyring, log } = this.#deps
    const kid = await readCurrentKid(store.reader)
    if (kid === null || kid === keyring.current.kid) return false
    if (!keyring.prefer(kid)) {
      const given = await this.#readAgain()
      if (![given.current, ...given.former].some((key) => key.kid === kid)) return false
      keyring.take(given)
      keyring.prefer(kid)
    }
    log.warn({ kid }, 'another master key is the current one: it seals from now on')
    return true
  }
}

function unchanged({ sources }: LiveKeyring, kid: string): Problem {
  const fixed = sources.current.kind === 'environment' || sources.current.kind === 'none'
  return new Problem(
    'key-not-rotatable',
    fixed
      ? `The master key ${kid} was given in CLUSTERGATE_MASTER_KEY, which a running process cannot read again. ` +
          'Restart with the new key there and this one in CLUSTERGATE_PREVIOUS_MASTER_KEYS: the start rotates.'
      : `Where the master key is read from there is still ${kid}, the current one. Put the new key there first.`,
  )
}

async function wait(woken: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([woken, elapsed])
  clearTimeout(timer)
}
