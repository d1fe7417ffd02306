import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { shapesOf } from '../../src/cluster/provider.ts'
import { adapters } from '../../src/providers/adapters.ts'
import type { Store } from '../../src/store/store.ts'
import { openStore, removePlace } from '../engine/open-store.ts'
import {
  type EmulatedProvider,
  emulateFireworks,
  emulateZilliz,
  type ProviderId,
  zillizModes,
} from './providers.ts'

/** What lasts from one run to the next, because making it anew would cost more than the run. */
export class Laboratory implements AsyncDisposable {
  /** Each in all its variants. */
  readonly providers: Record<ProviderId, EmulatedProvider[]>
  /** Set by the run under way. */
  now = (): number => 0
  providerNow = (): number => 0
  providerRandom = (): number => 0
  providerDelay = (_ms: number): Promise<void> => Promise.resolve()
  newId = (prefix: string): string => prefix
  readonly #directory = mkdtempSync(join(tmpdir(), 'clustergate-simulation-'))
  readonly #path = join(this.#directory, 'gateway.db')
  #store: Store | null = null

  constructor() {
    const around = {
      now: () => this.providerNow(),
      random: () => this.providerRandom(),
      delay: (ms: number) => this.providerDelay(ms),
    }
    this.providers = {
      zilliz: zillizModes.map((mode) => emulateZilliz(around, mode)),
      fireworks: [emulateFireworks(around)],
    }
  }

  /** The database, open. */
  get store(): Store {
    this.#store ??= this.#open()
    return this.#store
  }

  /** As when the last process on it has died and another one starts. */
  async reopen(): Promise<Store> {
    await this.#close()
    return this.store
  }

  async #close(): Promise<void> {
    await this.#store?.[Symbol.asyncDispose]()
    this.#store = null
  }

  /** Nothing here survives a power cut, nor need it. */
  #open(): Store {
    return openStore({
      path: this.#path,
      clock: { now: () => this.now() },
      newId: (prefix) => this.newId(prefix),
      synchronous: 'OFF',
      shapeOf: shapesOf(adapters),
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
    removePlace(this.#directory, this.#path)
  }
}

/** Empties the database for the next run. */
export function empty(store: Store): Promise<void> {
  return store.write(async (session) => {
    const t = session.tables
    const ofClusters = [
      t.intents,
      t.credentials,
      t.clusterLabels,
      t.clusterWords,
      t.clusterCounts,
      t.clusterVersions,
    ]
    const audit = [t.auditQueue, t.auditEntries, t.auditTargets]
    const ofTeams = [t.idempotencyKeys, t.teamUsage, t.policyRequests]
    const all = [...ofClusters, ...audit, ...ofTeams, t.clusters, t.connections]
    for (const [index, table] of all.entries()) {
      await session.prepared(`empty ${index}`, ({ db }) => db.delete(table).prepare()).execute()
    }
    await session.prepared('empty search', ({ driver }) => driver.write('delete from audit_search'))([])
  })
}
