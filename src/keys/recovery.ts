import { Problem } from '../cluster/problem.ts'
import type { Store } from '../store/store.ts'
import type { MasterKey } from '../vault/keyring.ts'
import type { Vault } from '../vault/vault.ts'
import type { KeysAdministration, KeysReport } from './keys-administration.ts'
import { remainingValues, reportKeys } from './keys-report.ts'
import { findLost } from './lost-secrets.ts'

/** What every change and reveal is refused with while the gateway is started read-only. */
export function masterKeyLost(): Problem {
  return new Problem(
    'master-key-lost',
    'The gateway was started read-only (CLUSTERGATE_RECOVERY), because a master key is lost: it changes and reveals nothing. GET /admin/keys names what is lost and the ways out.',
  )
}

/** The keys of a process that was started without the one that is lost: they are reported, and nothing is opened. */
export class RecoveryKeys implements KeysAdministration {
  readonly readOnly = true
  readonly vault: Vault = {
    kid: '',
    seal: async () => {
      throw masterKeyLost()
    },
    open: async () => {
      throw masterKeyLost()
    },
  }
  readonly #store: Store
  readonly #held: ReadonlySet<string>

  constructor(store: Store, held: readonly MasterKey[]) {
    this.#store = store
    this.#held = new Set(held.map(({ kid }) => kid))
  }

  async report(): Promise<KeysReport> {
    const keys = await reportKeys(this.#store.reader, this.#held)
    return {
      keys,
      rewrap: {
        status: 'IDLE',
        startTime: null,
        endTime: null,
        rewrapped: 0,
        failed: 0,
        remaining: remainingValues(keys),
      },
      readOnly: true,
      lost: await findLost(this.#store.reader, this.#held),
    }
  }

  /** For the log and for `/readyz`, which anybody may read: it names nothing. */
  async summary(): Promise<string> {
    const lost = await findLost(this.#store.reader, this.#held)
    if (!lost) return 'read-only; nothing is lost: start without CLUSTERGATE_RECOVERY'
    const { connections, clusters } = lost
    return `lost: the API keys of ${connections.length} connections and the credentials of ${clusters.length} clusters do not open; GET /admin/keys names them and the ways out`
  }

  rotate(): Promise<void> {
    return Promise.reject(masterKeyLost())
  }

  retire(): Promise<void> {
    return Promise.reject(masterKeyLost())
  }
}
