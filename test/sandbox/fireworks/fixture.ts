import { expect } from 'vitest'
import { SpeedClock } from '../../../src/sandbox/clock.ts'
import {
  createFireworksSandbox,
  FIREWORKS_SANDBOX_KEY,
  type FireworksSandbox,
  type FireworksSandboxOptions,
} from '../../../src/sandbox/fireworks/sandbox.ts'
import { schemaErrors } from './schemas.ts'

export const CLUSTERS = '/v1/accounts/sandbox/clusters'
export const START = Date.parse('2026-03-01T12:00:00.250Z')
export const EKS = { awsAccountId: '123456789012', region: 'us-east-1' }

export interface Reply {
  status: number
  headers: Headers
  body: Record<string, unknown>
}

export interface Caller {
  sandbox: FireworksSandbox
  clock: SpeedClock
  /** Calls with the key and holds every answer against the provider's schemas. */
  call(method: string, path: string, body?: unknown): Promise<Reply>
  /** Calls as it is told; the answer is not looked at. */
  send(method: string, path: string, init?: RequestInit): Promise<Response>
  /** Asks for a cluster and returns the answer. */
  create(clusterId: string, cluster?: object): Promise<Reply>
}

/** A sandbox whose time stands still until it is told to move, and whose ids are the same in every run. */
export function openSandbox(options: FireworksSandboxOptions = {}): Caller {
  const clock = new SpeedClock({ speed: 0, startTime: START })
  const sandbox = createFireworksSandbox({ clock, random: repeatableRandom(), ...options })
  const send = (method: string, path: string, init: RequestInit = {}) =>
    sandbox.fetch(new Request(`http://fireworks.test${path}`, { ...init, method }))
  const call = async (method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${options.apiKey ?? FIREWORKS_SANDBOX_KEY}` }
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await send(method, path, text === undefined ? { headers } : { headers, body: text })
    const reply = {
      status: response.status,
      headers: response.headers,
      body: JSON.parse(await response.text()),
    }
    expectDocumented(sandbox, method, path, reply)
    return reply
  }
  const create = (clusterId: string, cluster: object = { eksCluster: EKS }) =>
    call('POST', CLUSTERS, { cluster, clusterId })
  return { sandbox, clock, call, send, create }
}

/** The same numbers in every run (Park and Miller's generator). */
function repeatableRandom(): () => number {
  let state = 20_260_301
  return () => {
    state = (state * 16_807) % 2_147_483_647
    return state / 2_147_483_647
  }
}

const COMPONENTS: readonly [RegExp, string][] = [
  [/^GET \/v1\/accounts$/, 'gatewayListAccountsResponse'],
  [/^GET \/v1\/accounts\/[^/]+$/, 'gatewayAccount'],
  [/^GET .*\/clusters$/, 'gatewayListClustersResponse'],
  [/^GET .*:getConnectionInfo$/, 'gatewayClusterConnectionInfo'],
  [/^(GET|PATCH) .*\/clusters\/[^/]+$/, 'gatewayCluster'],
  [/^POST .*\/clusters$/, 'gatewayCluster'],
  [/^GET .*\/auditLogs$/, 'gatewayListAuditLogsResponse'],
  [/^GET .*\/quotas$/, 'gatewayListQuotasResponse'],
  [/^GET .*\/quotas\/[^/]+$/, 'gatewayQuota'],
]

function expectDocumented(sandbox: FireworksSandbox, method: string, path: string, reply: Reply): void {
  expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/)
  if (reply.status !== 200) {
    expect(schemaErrors('googlerpcStatus', reply.body)).toEqual([])
    expect(reply.body).toEqual({ code: expect.any(Number), message: expect.any(String), details: [] })
    return
  }
  const asked = `${method} ${path.replace(/\?.*/, '')}`
  const [, component] = COMPONENTS.find(([pattern]) => pattern.test(asked)) ?? []
  if (component === undefined) {
    expect(reply.body).toEqual({})
    return
  }
  const { hiddenFields, unsetFields } = sandbox.mode
  const body = unsetFields === 'null' ? withoutNulls(reply.body) : reply.body
  expect(schemaErrors(component, body, hiddenFields)).toEqual([])
}

function withoutNulls(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, inner: unknown) => (inner === null ? undefined : inner))
}
