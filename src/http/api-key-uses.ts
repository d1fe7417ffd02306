import { LRUCache } from 'lru-cache'
import { noteApiKeyUse } from '../store/api-key-use.ts'
import type { ApiKey } from '../store/api-keys.ts'
import type { AppDeps } from './app-deps.ts'
import type { Exchange } from './exchange.ts'

/** A use is written down if the last that was is older than this. */
const everyMs = 60_000

/** Keeps `lastUsedTime` of keys true to the minute, in the background: no request waits for it, or fails with it. */
export class ApiKeyUses {
  readonly #deps: Pick<AppDeps, 'store' | 'clock' | 'log'>
  readonly #noted = new LRUCache<string, number>({ max: 10_000 })

  constructor(deps: Pick<AppDeps, 'store' | 'clock' | 'log'>) {
    this.#deps = deps
  }

  note({ id, lastUsedTime }: ApiKey, exchange: Exchange): void {
    const { store, clock, log } = this.#deps
    const now = clock.now()
    const last = Math.max(
      lastUsedTime ?? Number.NEGATIVE_INFINITY,
      this.#noted.get(id) ?? Number.NEGATIVE_INFINITY,
    )
    if (now - last < everyMs) return
    this.#noted.set(id, now)
    const lastUsedIp = exchange.attribution().context.ip
    noteApiKeyUse(store, id, { lastUsedTime: now, lastUsedIp }).catch((error: unknown) =>
      log.warn({ err: error, id }, 'the use of an API key was not noted'),
    )
  }
}
