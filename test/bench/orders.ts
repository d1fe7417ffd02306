import { reconcilerActor } from '../../src/cluster/actor.ts'
import type { ClusterOrder } from '../../src/store/create-cluster.ts'

/** On whose behalf the benchmarks write to a store. */
export const who = {
  actor: reconcilerActor,
  requestId: 'req_bench',
  context: { ip: null, userAgent: null, interface: 'cli' },
} as const

export const connectionName = 'zilliz-bench'
export const projectId = 'proj-3f9a60d1c2b84e7752a0e8'

const common = {
  provider: 'zilliz',
  team: 'search',
  region: 'gcp-us-west1',
  labels: { env: 'prod' },
} as const

/** A create, as the store takes it. */
export function orderOf(connection: { id: string; name: string }, name: string): ClusterOrder {
  return {
    ...common,
    name,
    displayName: name,
    connection: { id: connection.id, name: connection.name },
    scope: projectId,
    spec: { plan: 'SERVERLESS', projectId },
    deletionProtection: false,
    expireTime: null,
  }
}

/** A create, as a caller sends it. */
export function createBody(name: string, project = projectId): string {
  const spec = { plan: 'SERVERLESS', projectId: project }
  return JSON.stringify({ ...common, connection: connectionName, name, spec })
}

export function createHeaders(apiKey: string): Record<string, string> {
  return { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }
}
