import { z } from 'zod'
import { describeCluster } from './cluster-view.ts'
import { newCluster, withDefaultRole } from './create-cluster.ts'
import { stateOf } from './lifecycle.ts'
import { type ClusterRecord, eksClusterSchema, fakeClusterSchema, statusSchema } from './records.ts'
import type { FireworksWorld } from './world.ts'

const addSchema = z.strictObject({
  clusterId: z.string().min(1),
  /** Default: the sandbox's first account. */
  accountId: z.string().min(1).optional(),
  displayName: z.string().optional(),
  eksCluster: eksClusterSchema.partial().optional(),
  fakeCluster: fakeClusterSchema.partial().optional(),
  /** Any text; default `READY`. Those that the provider has end as they do there, others stay until changed. */
  state: z.string().min(1).default('READY'),
  status: statusSchema.optional(),
})
export type ClusterToAdd = z.input<typeof addSchema>

const changeSchema = addSchema.omit({ clusterId: true, accountId: true, state: true }).extend({
  /** Ends whatever the cluster was busy with. */
  state: z.string().min(1).optional(),
})
export type ClusterChange = z.input<typeof changeSchema>

const NO_EKS = Object.fromEntries(eksClusterSchema.keyof().options.map((field) => [field, '']))
const NO_FAKE = { projectId: '', location: '', clusterName: '' }

/** A cluster that nobody asked the API for. No rule is applied but that ids are unique. @throws z.ZodError */
export function addCluster(world: FireworksWorld, input: unknown): object {
  const { clusterId, accountId, ...given } = addSchema.parse(input)
  const home = world.accounts.find((account) => accountId === undefined || account.accountId === accountId)
  if (!home) throw invalid('accountId', 'There is no such account.')
  if (world.findCluster(home.accountId, clusterId)) throw invalid('clusterId', 'There is such a cluster.')
  const cluster = newCluster(world, { accountId: home.accountId, clusterId })
  applyChange(world, cluster, given)
  world.addCluster(cluster)
  world.save()
  return rawRow(world, cluster)
}

/** Changes a cluster with no regard for what it is doing. Null when there is none. @throws z.ZodError */
export function changeCluster(world: FireworksWorld, id: string, input: unknown): object | null {
  const change = changeSchema.parse(input)
  const cluster = findLiving(world, id)
  if (!cluster) return null
  applyChange(world, cluster, change)
  world.save()
  return rawRow(world, cluster)
}

/** Makes a cluster be gone at once; whether there was one. */
export function removeCluster(world: FireworksWorld, id: string): boolean {
  const cluster = findLiving(world, id)
  if (!cluster) return false
  cluster.deleteTime ??= world.now()
  cluster.goneTime = world.now()
  world.save()
  return true
}

/** What the operator of the sandbox sees: the record, and what follows from it. */
export function rawRow(world: FireworksWorld, cluster: ClusterRecord): object {
  const now = world.now()
  const state = stateOf(cluster, now)
  return { ...cluster, ...describeCluster(cluster, now), state: state ?? 'GONE', deleted: state === null }
}

/** By cluster id, in the first account that has it, or by resource name. */
function findLiving(world: FireworksWorld, id: string): ClusterRecord | undefined {
  const [, accountId, clusterId = id] = /^accounts\/([^/]+)\/clusters\/([^/]+)$/.exec(id) ?? []
  return world.accounts
    .filter((account) => accountId === undefined || account.accountId === accountId)
    .map((account) => world.findCluster(account.accountId, clusterId))
    .find((cluster) => cluster !== undefined)
}

function applyChange(
  world: FireworksWorld,
  cluster: ClusterRecord,
  change: z.infer<typeof changeSchema>,
): void {
  const now = world.now()
  cluster.changeTime = now
  cluster.displayName = change.displayName ?? cluster.displayName
  if (change.eksCluster)
    cluster.eksCluster = withDefaultRole(
      eksClusterSchema.parse({ ...NO_EKS, ...cluster.eksCluster, ...change.eksCluster }),
    )
  if (change.fakeCluster)
    cluster.fakeCluster = fakeClusterSchema.parse({
      ...NO_FAKE,
      ...cluster.fakeCluster,
      ...change.fakeCluster,
    })
  if (change.state !== undefined) moveTo(cluster, change.state, now)
  if (change.status !== undefined) cluster.failure = change.status
}

function moveTo(cluster: ClusterRecord, state: string, now: number): void {
  const settled = state === 'READY' || state === 'FAILED'
  const known = settled || state === 'CREATING' || state === 'DELETING'
  cluster.heldState = known ? null : state
  cluster.settleTime = state === 'CREATING' ? null : now
  cluster.failure =
    state === 'FAILED' ? { code: 'INTERNAL', message: 'The cluster is not operational.' } : null
  cluster.deleteTime = state === 'DELETING' ? now : null
  cluster.goneTime = null
}

function invalid(field: string, message: string): z.ZodError {
  return new z.ZodError([{ code: 'custom', path: [field], message, input: undefined }])
}
