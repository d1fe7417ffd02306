import type { ClusterState } from '../../src/cluster/cluster.ts'
import type { JsonObject } from '../../src/cluster/json.ts'
import type { FaultBook } from '../../src/sandbox/faults.ts'
import { createFireworksSandbox } from '../../src/sandbox/fireworks/sandbox.ts'
import type { Emulator } from '../../src/sandbox/server.ts'
import type { ZillizMode } from '../../src/sandbox/zilliz/mode.ts'
import { createZillizSandbox } from '../../src/sandbox/zilliz/sandbox.ts'
import type { SeededRandom } from './seeded-random.ts'

export const providerIds = ['zilliz', 'fireworks'] as const
export type ProviderId = (typeof providerIds)[number]

/** A cluster as the emulated provider itself knows it. */
export interface UpstreamCluster {
  /** Its own, though an id may be given again after a delete. */
  key: string
  externalId: string
  name: string
  alive: boolean
  /** Null while it is busy. */
  rests: ClusterState | null
}

/** What all emulated providers have in common, seen from behind. */
export interface EmulatedProvider {
  id: ProviderId
  url: string
  apiKey: string
  settings: JsonObject
  emulator: Emulator
  faults: FaultBook
  /** Operations that faults may befall. */
  operations: readonly string[]
  clusters(): UpstreamCluster[]
  /** Somebody makes, removes or suspends a cluster at the provider's console. */
  addStranger(name: string): void
  remove(externalId: string): void
  suspend(externalId: string): void
  /** Ends what would never end by itself. */
  unstick(): void
  reset(): void
  wants(random: SeededRandom): { spec: JsonObject; region: string }
}

/** The provider's clock and randomness, which change from run to run. */
export interface Surroundings {
  now: () => number
  random: () => number
  delay: (ms: number) => Promise<void>
}

export const zillizProject = 'proj-3f9a60d1c2b84e7752a0e8'
const zillizRegion = 'gcp-us-west1'

/** What is not known of the real provider, or changes from year to year: the gateway must get on with all of it. */
export const zillizModes: readonly Partial<ZillizMode>[] = [
  {},
  { describeLagMs: 8000, afterDrop: '80020', duplicateNameCode: 96017 },
  { year: '2025', successCode: 200, afterDrop: 'deletedRow', describeLagMs: 20_000 },
  { afterDrop: 'http404', requestIdInErrors: true, rateLimitBody: 'html' },
]

export function emulateZilliz(around: Surroundings, mode: Partial<ZillizMode>): EmulatedProvider {
  const sandbox = createZillizSandbox({
    mode,
    clock: { now: () => around.now() },
    random: () => around.random(),
    delay: (ms) => around.delay(ms),
    rateLimit: false,
  })
  const resting: Record<string, ClusterState> = { RUNNING: 'READY', STOPPED: 'SUSPENDED', ABNORMAL: 'FAILED' }
  return {
    id: 'zilliz',
    url: 'https://zilliz.test',
    apiKey: sandbox.apiKey,
    settings: { baseUrl: 'https://zilliz.test', orgId: 'org-simulated' },
    emulator: sandbox,
    faults: sandbox.faults,
    operations: [
      ...['createServerless', 'createDedicated', 'describeCluster', 'listClusters', 'dropCluster'],
      ...['suspendCluster', 'resumeCluster', 'modifyCluster', 'renameCluster', 'setLabels', '*'],
    ],
    clusters: () =>
      sandbox.clusters().map((cluster) => ({
        key: cluster.clusterId,
        externalId: cluster.clusterId,
        name: cluster.clusterName,
        alive: !cluster.deleted,
        rests: resting[cluster.status] ?? null,
      })),
    addStranger: (clusterName) => {
      sandbox.addCluster({
        clusterName,
        projectId: zillizProject,
        regionId: zillizRegion,
        kind: 'serverless',
        plan: 'Serverless',
      })
    },
    remove: (id) => void sandbox.removeCluster(id),
    suspend: (id) => void sandbox.changeCluster(id, { status: 'STOPPED' }),
    unstick: () => {
      for (const cluster of sandbox.clusters()) {
        if (!cluster.stuck) continue
        if (cluster.dropTime === null) sandbox.changeCluster(cluster.clusterId, { status: 'RUNNING' })
        else sandbox.removeCluster(cluster.clusterId)
      }
    },
    reset: () => sandbox.reset(),
    wants: (random) => ({ spec: zillizSpec(random), region: zillizRegion }),
  }
}

function zillizSpec(random: SeededRandom): JsonObject {
  if (random.chance(0.4)) return { plan: 'SERVERLESS', projectId: zillizProject }
  return {
    plan: 'DEDICATED',
    projectId: zillizProject,
    cuType: 'Performance-optimized',
    cuSize: random.pick([1, 2]),
  }
}

export function emulateFireworks(around: Surroundings): EmulatedProvider {
  const sandbox = createFireworksSandbox({
    clock: { now: () => around.now() },
    random: () => around.random(),
    delay: (ms) => around.delay(ms),
  })
  const eks = { awsAccountId: '123456789012' }
  const raw = () => sandbox.clusters().map((cluster) => cluster as FireworksRow)
  return {
    id: 'fireworks',
    url: 'https://fireworks.test',
    apiKey: sandbox.apiKey,
    settings: { baseUrl: 'https://fireworks.test', accountId: sandbox.accountId, allowFakeClusters: false },
    emulator: sandbox,
    faults: sandbox.faults,
    operations: [
      ...['createCluster', 'getCluster', 'listClusters', 'deleteCluster', 'updateCluster'],
      ...['getClusterConnectionInfo', '*'],
    ],
    clusters: () =>
      raw().map((cluster) => ({
        key: cluster.uid,
        externalId: cluster.clusterId,
        name: cluster.clusterId,
        alive: !cluster.deleted,
        rests: cluster.state === 'READY' || cluster.state === 'FAILED' ? cluster.state : null,
      })),
    addStranger: (clusterId) => {
      sandbox.addCluster({ clusterId, eksCluster: { ...eks, region: 'us-east-1' } })
    },
    remove: (id) => void sandbox.removeCluster(id),
    // It has no such thing; what happens behind our back there is a removal.
    suspend: (id) => void sandbox.removeCluster(id),
    unstick: () => {
      for (const cluster of raw()) {
        if (cluster.deleted) continue
        if (cluster.deleteTime !== null && cluster.goneTime === null) sandbox.removeCluster(cluster.clusterId)
        else if (cluster.settleTime === null || cluster.heldState !== null)
          sandbox.changeCluster(cluster.clusterId, { state: 'READY' })
      }
    },
    reset: () => sandbox.reset(),
    wants: () => ({ spec: { eks }, region: 'us-east-1' }),
  }
}

interface FireworksRow {
  uid: string
  clusterId: string
  state: string
  deleted: boolean
  deleteTime: number | null
  goneTime: number | null
  settleTime: number | null
  heldState: string | null
}
