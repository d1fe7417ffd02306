import type { Cluster, ClusterState, OperationKind } from '../../src/cluster/cluster.ts'
import { decideChange } from '../../src/http/cluster-change.ts'
import { adapters } from '../../src/providers/adapters.ts'
import { patchCluster, requestDelete, requestPowerChange } from '../../src/store/change-cluster.ts'
import type { ConnectionRow } from '../../src/store/connection-rows.ts'
import { asker, type Bench, projectId } from './harness.ts'

export type ProviderId = 'zilliz' | 'fireworks'

/** One way to change a cluster, and how its provider shows that it has happened. */
export interface Verb {
  provider: ProviderId
  kind: OperationKind
  /** What the sandbox calls it. */
  operation: string
  /** The state of the cluster before and after. */
  from: ClusterState | null
  to: ClusterState
  /** Asks for it. Answers the cluster. */
  ask: (bench: Bench, connection: ConnectionRow, id: string | null) => Promise<string>
  /** Whether the provider has done it. */
  isDone: (bench: Bench) => boolean
}

export const dedicated = { plan: 'DEDICATED', projectId, cuType: 'Performance-optimized', cuSize: 1 } as const

function alive(bench: Bench, provider: ProviderId): object[] {
  return bench[provider].clusters().filter((cluster) => 'deleted' in cluster && !cluster.deleted)
}

async function update(bench: Bench, id: string, wanted: Parameters<typeof decideChange>[3]): Promise<void> {
  await patchCluster(bench.store, { who: asker }, id, (row) => {
    const adapter = adapters[row.provider]
    if (!adapter) throw new Error(`there is no adapter for ${row.provider}`)
    return decideChange(adapter, {}, row, wanted)
  })
}

function onCluster(act: (bench: Bench, id: string) => Promise<unknown>): Verb['ask'] {
  return async (bench, _connection, id) => {
    if (id === null) throw new Error('there is no cluster to change')
    await act(bench, id)
    return id
  }
}

function status(bench: Bench): string | undefined {
  return bench.zilliz.clusters()[0]?.status
}

export const verbs: readonly Verb[] = [
  {
    provider: 'zilliz',
    kind: 'create',
    operation: 'createDedicated',
    from: null,
    to: 'READY',
    ask: (bench, connection) => bench.create(connection, 'one', dedicated),
    isDone: (bench) => alive(bench, 'zilliz').length === 1,
  },
  {
    provider: 'zilliz',
    kind: 'update',
    operation: 'modifyCluster',
    from: 'READY',
    to: 'READY',
    ask: onCluster((bench, id) => update(bench, id, { spec: { cuSize: 2 } })),
    isDone: (bench) => bench.zilliz.clusters()[0]?.cuSize === 2,
  },
  {
    provider: 'zilliz',
    kind: 'suspend',
    operation: 'suspendCluster',
    from: 'READY',
    to: 'SUSPENDED',
    ask: onCluster((bench, id) => requestPowerChange(bench.store, { who: asker }, id, 'suspend')),
    isDone: (bench) => status(bench) === 'STOPPED',
  },
  {
    provider: 'zilliz',
    kind: 'resume',
    operation: 'resumeCluster',
    from: 'SUSPENDED',
    to: 'READY',
    ask: onCluster((bench, id) => requestPowerChange(bench.store, { who: asker }, id, 'resume')),
    isDone: (bench) => status(bench) === 'RUNNING',
  },
  {
    provider: 'zilliz',
    kind: 'delete',
    operation: 'dropCluster',
    from: 'READY',
    to: 'DELETED',
    ask: onCluster((bench, id) => requestDelete(bench.store, { who: asker }, id)),
    isDone: (bench) => alive(bench, 'zilliz').length === 0,
  },
  {
    provider: 'fireworks',
    kind: 'create',
    operation: 'createCluster',
    from: null,
    to: 'READY',
    ask: (bench, connection) => bench.create(connection, 'one'),
    isDone: (bench) => alive(bench, 'fireworks').length === 1,
  },
  {
    provider: 'fireworks',
    kind: 'update',
    operation: 'updateCluster',
    from: 'READY',
    to: 'READY',
    ask: onCluster((bench, id) => update(bench, id, { displayName: 'Renamed' })),
    isDone: (bench) => JSON.stringify(bench.fireworks.clusters()).includes('Renamed'),
  },
  {
    provider: 'fireworks',
    kind: 'delete',
    operation: 'deleteCluster',
    from: 'READY',
    to: 'DELETED',
    ask: onCluster((bench, id) => requestDelete(bench.store, { who: asker }, id)),
    isDone: (bench) => alive(bench, 'fireworks').length === 0,
  },
]

/** A cluster, or none yet, on which a verb can be tried. */
export async function arrange(bench: Bench, verb: Verb) {
  const connection = await bench.connect(verb.provider)
  await bench.settle(0)
  let id: string | null = null
  if (verb.from !== null) {
    id = await bench.create(connection, 'one', verb.provider === 'zilliz' ? dedicated : undefined)
    await bench.settle()
  }
  if (id !== null && verb.from === 'SUSPENDED') {
    await requestPowerChange(bench.store, { who: asker }, id, 'suspend')
    await bench.settle()
  }
  bench[verb.provider].requests.clear()
  return {
    ask: () => verb.ask(bench, connection, id),
    /** How often the provider was asked. */
    calls: () => bench[verb.provider].requests.list().filter(({ operation }) => operation === verb.operation),
  }
}

/** What an operation that ended well looks like. */
export function succeeded(verb: Verb): Partial<Omit<Cluster, 'operation'>> & { operation: object } {
  return { state: verb.to, operation: { kind: verb.kind, status: 'SUCCEEDED', error: null } }
}
