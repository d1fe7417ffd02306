import type { Attribution } from '../../src/cluster/actor.ts'
import type { JsonObject } from '../../src/cluster/json.ts'
import type { Adapter } from '../../src/cluster/provider.ts'
import { decideChange } from '../../src/http/cluster-change.ts'
import {
  patchCluster,
  requestDelete,
  requestPowerChange,
  requestRefresh,
  requestRetry,
} from '../../src/store/change-cluster.ts'
import type { ClusterRow } from '../../src/store/cluster-rows.ts'
import { createCluster } from '../../src/store/create-cluster.ts'
import type { Store } from '../../src/store/store.ts'
import type { EmulatedProvider } from './providers.ts'
import { allClusters } from './rows.ts'
import type { SeededRandom } from './seeded-random.ts'

const names = ['alpha', 'beta'] as const

export function anyName(random: SeededRandom): string {
  return random.pick(names)
}

/** Asks the gateway for things, as its HTTP side would: what it may, when it likes. */
export class User {
  /** Every create that was accepted, as it was answered. */
  readonly accepted: JsonObject[] = []
  readonly #provider: EmulatedProvider
  readonly #adapter: Adapter
  readonly #connection: { id: string; name: string }
  readonly #random: SeededRandom
  #requests = 0

  constructor(parts: {
    provider: EmulatedProvider
    adapter: Adapter
    connection: { id: string; name: string }
    random: SeededRandom
  }) {
    this.#provider = parts.provider
    this.#adapter = parts.adapter
    this.#connection = parts.connection
    this.#random = parts.random
  }

  /** One request to one process. Says what it was. @throws Problem where the gateway says no */
  async ask(store: Store): Promise<string> {
    const rows = await allClusters(store)
    const living = rows.filter((row) => row.state !== 'DELETED' && row.management !== 'UNMANAGED')
    if (living.length === 0 || this.#random.chance(0.25)) return this.#create(store)
    return this.#change(store, this.#random.pick(living))
  }

  who(): { who: Attribution } {
    const actor = { type: 'api_key', id: 'key_user', displayName: 'user', authMethod: 'api_key' } as const
    const context = { ip: null, userAgent: null, interface: 'http' } as const
    this.#requests += 1
    return { who: { actor, requestId: `request-${this.#requests}`, context } }
  }

  async #create(store: Store): Promise<string> {
    const name = anyName(this.#random)
    const { spec, region } = this.#provider.wants(this.#random)
    const { document } = await createCluster(store, this.who(), {
      name,
      displayName: name,
      provider: this.#provider.id,
      connection: this.#connection,
      scope: this.#adapter.scopeOf(spec),
      team: 'team',
      region,
      spec,
      labels: {},
      deletionProtection: false,
      expireTime: null,
    })
    this.accepted.push(JSON.parse(document))
    return `create ${name}`
  }

  async #change(store: Store, row: ClusterRow): Promise<string> {
    const what = this.#random.pick([
      'delete',
      'delete',
      'update',
      'update',
      'power',
      'retry',
      'refresh',
    ] as const)
    const act = {
      delete: () => requestDelete(store, this.who(), row.id),
      update: () => this.#update(store, row),
      power: () => this.#power(store, row),
      retry: () => requestRetry(store, this.who(), row.id),
      refresh: () => requestRefresh(store, this.who(), row.id),
    }[what]
    await act()
    return `${what} ${row.name} ${row.id.slice(-3)}`
  }

  async #power(store: Store, row: ClusterRow): Promise<void> {
    const kind = row.state === 'SUSPENDED' ? 'resume' : 'suspend'
    if (this.#adapter.refusal(kind, row) !== null) return
    await requestPowerChange(store, this.who(), row.id, kind)
  }

  async #update(store: Store, row: ClusterRow): Promise<void> {
    const random = this.#random
    const mutable = row.spec.plan === 'DEDICATED' ? [{ spec: { cuSize: random.pick([1, 2, 4]) } }] : []
    const labels = { labels: { tier: random.pick(['gold', 'silver']) } }
    const renamed = this.#adapter.capabilities.rename ? [{ name: anyName(random) }] : []
    const shown = { displayName: random.pick(['First', 'Second']) }
    const wanted = random.pick([shown, labels, ...renamed, ...mutable, ...mutable])
    await patchCluster(store, this.who(), row.id, (current) =>
      decideChange(this.#adapter, this.#provider.settings, current, wanted),
    )
  }
}
