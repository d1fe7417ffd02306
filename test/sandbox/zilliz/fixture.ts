import type { SandboxClock } from '../../../src/sandbox/clock.ts'
import { createZillizSandbox, type ZillizSandboxOptions } from '../../../src/sandbox/zilliz/sandbox.ts'

/** A clock that moves only when told. */
export class ManualClock implements SandboxClock {
  time = Date.UTC(2026, 0, 2, 3, 4, 5, 678)

  now(): number {
    return this.time
  }

  pass(ms: number): void {
    this.time += ms
  }
}

/** Mulberry32: the same numbers for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface Reply {
  status: number
  headers: Headers
  code: number
  message: string
  /** Not always an object; each test says what it expects. */
  data: Record<string, unknown>
}

/** A sandbox with a manual clock and no rate limit, and short words for calling it. */
export function setUp(options: ZillizSandboxOptions = {}) {
  const clock = new ManualClock()
  const sandbox = createZillizSandbox({ clock, random: seededRandom(7), rateLimit: false, ...options })
  const call = async (method: string, path: string, body?: unknown, headers?: object): Promise<Reply> => {
    const response = await sandbox.fetch(
      new Request(`http://zilliz.test${path}`, {
        method,
        headers: { authorization: `Bearer ${sandbox.apiKey}`, ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    )
    const { code, message, data } = JSON.parse(await response.text())
    return { status: response.status, headers: response.headers, code, message, data }
  }
  const projectOf = (name: string) =>
    sandbox.projects().find((project) => project.projectName === name)?.projectId ?? ''
  const enterprise = projectOf('Default Project')
  const standard = projectOf('Staging')
  const create = (kind: 'Free' | 'Serverless' | 'Dedicated', fields: object = {}) =>
    call('POST', `/v2/clusters/create${kind}`, {
      clusterName: 'search-index',
      projectId: enterprise,
      regionId: 'gcp-us-west1',
      ...(kind === 'Dedicated' ? { cuType: 'Performance-optimized', cuSize: 1 } : {}),
      ...fields,
    })
  const running = async (kind: 'Free' | 'Serverless' | 'Dedicated', fields: object = {}): Promise<string> => {
    const { data } = await create(kind, fields)
    clock.pass(20_000)
    return String(data.clusterId)
  }
  const describeCluster = (id: string) => call('GET', `/v2/clusters/${id}`)
  const statusOf = async (id: string) => (await describeCluster(id)).data.status
  return { sandbox, clock, call, create, running, describeCluster, statusOf, enterprise, standard }
}
