import type { OperationKind } from '../../src/cluster/cluster.ts'
import { isJsonObject } from '../../src/cluster/json.ts'
import type { Credentials, UpstreamRequest, UpstreamResponse } from '../../src/cluster/provider.ts'
import { parseJson } from '../../src/providers/reply.ts'
import type { Store } from '../../src/store/store.ts'
import type { GatewayProcess } from './gateway-process.ts'
import type { EmulatedProvider } from './providers.ts'
import { pendingIntents } from './rows.ts'
import type { Witness } from './upstream.ts'

/** A cluster upstream, and the row of the inventory for which it was made. */
export interface Made {
  key: string
  clusterId: string
}

/** Knows which call made which cluster, and holds what the gateway must never do against it. */
export class CallWitness implements Witness {
  readonly made: Made[] = []
  /** The one-time passwords that left the provider, by external id. */
  readonly issued = new Map<string, Credentials>()
  /** The process that heard of them, by external id. */
  readonly heard = new Map<string, GatewayProcess>()
  readonly violations: string[] = []
  /** A create may land after its caller has given up: then a second call is no mistake. */
  expectsLateCreates = false
  readonly #provider: EmulatedProvider
  readonly #store: () => Store
  readonly #known = new Set<string>()
  readonly #callers = new WeakMap<UpstreamRequest, string>()
  readonly #creates = new Map<UpstreamRequest, string>()

  constructor(provider: EmulatedProvider, store: () => Store) {
    this.#provider = provider
    this.#store = store
    this.noticeStrangers()
  }

  /** What is there now that no call made. */
  noticeStrangers(): void {
    for (const { key } of this.#provider.clusters()) this.#known.add(key)
  }

  async leaves(request: UpstreamRequest): Promise<void> {
    const pending = await pendingIntents(this.#store())
    const kind = kindOf(request)
    const text = `${request.url} ${JSON.stringify(request.body ?? {})}`
    const intent = pending.find((row) => row.kind === kind && text.includes(row.upstreamName))
    if (intent) this.#callers.set(request, intent.clusterId)
    else this.violations.push(`${request.operation} left without an intent on disk`)
  }

  arrives(request: UpstreamRequest): (response: UpstreamResponse | null) => void {
    if (kindOf(request) !== 'create' || request.method !== 'POST') return () => this.#sweep()
    const clusterId = this.#callers.get(request) ?? 'nobody'
    const alive = new Set(this.#provider.clusters().flatMap(({ key, alive }) => (alive ? [key] : [])))
    const twice = this.made.some((made) => made.clusterId === clusterId && alive.has(made.key))
    if (twice && !this.expectsLateCreates) {
      this.violations.push(`${clusterId} was asked for again although its cluster was there`)
    }
    this.#creates.set(request, clusterId)
    return (response) => {
      this.#sweep()
      this.#creates.delete(request)
      const told = response && credentialsIn(response)
      if (told) this.issued.set(told.clusterId, told.credentials)
    }
  }

  hears(process: GatewayProcess, response: UpstreamResponse): void {
    const told = credentialsIn(response)
    if (told) this.heard.set(told.clusterId, process)
  }

  /** Whose call made what is new. Names are unique at the provider, so the name tells. */
  #sweep(): void {
    for (const { key, name } of this.#provider.clusters()) {
      if (this.#known.has(key)) continue
      this.#known.add(key)
      const call = [...this.#creates].find(([request]) => JSON.stringify(request.body).includes(`"${name}"`))
      if (call) this.made.push({ key, clusterId: call[1] })
      else this.violations.push(`nobody knows who made ${name} (${key})`)
    }
  }
}

/** The one-time password in a whole answer to a create. */
function credentialsIn({ status, text }: UpstreamResponse) {
  const body = status === 200 ? parseJson(text) : undefined
  const data = isJsonObject(body) && isJsonObject(body.data) ? body.data : {}
  const { clusterId, username, password } = data
  if (typeof clusterId !== 'string' || typeof username !== 'string' || typeof password !== 'string')
    return null
  return { clusterId, credentials: { username, password } }
}

function kindOf({ operation }: UpstreamRequest): OperationKind {
  if (operation.startsWith('create')) return 'create'
  if (operation === 'dropCluster' || operation === 'deleteCluster') return 'delete'
  if (operation === 'suspendCluster') return 'suspend'
  return operation === 'resumeCluster' ? 'resume' : 'update'
}
