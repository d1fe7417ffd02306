import { z } from 'zod'
import { newCluster } from './create-operations.ts'
import { clusterKindSchema } from './records.ts'
import { type RawCluster, rawRow } from './rows.ts'
import { DEFAULT_PROJECT_NAME, type ZillizWorld } from './world.ts'

const changeable = {
  clusterName: z.string().min(1),
  projectId: z.string().min(1),
  regionId: z.string().min(1),
  description: z.string(),
  plan: z.string(),
  cuType: z.string(),
  cuSize: z.int().min(0),
  replica: z.int().min(1),
  labels: z.record(z.string(), z.string()),
  /** Any text; it ends whatever the cluster was busy with. */
  status: z.string().min(1),
}

const addSchema = z.strictObject({
  ...z.object(changeable).partial().shape,
  clusterName: changeable.clusterName,
  kind: clusterKindSchema.default('serverless'),
})
export type ClusterToAdd = z.input<typeof addSchema>

const changeSchema = z.strictObject(changeable).partial()
export type ClusterChange = z.input<typeof changeSchema>

const PLAN = { free: 'Free', serverless: 'Serverless', dedicated: 'Enterprise' } as const

/** A cluster that nobody asked the API for, `RUNNING` unless it says otherwise. No rule or quota is applied. @throws z.ZodError */
export function addCluster(world: ZillizWorld, input: unknown): RawCluster {
  const { kind, ...given } = addSchema.parse(input)
  const dedicated = kind === 'dedicated' ? { cuType: 'Performance-optimized', cuSize: 1 } : {}
  const home = world.projects().find((project) => project.projectName === DEFAULT_PROJECT_NAME)
  const cluster = newCluster(world, {
    ...dedicated,
    projectId: home?.projectId ?? '',
    regionId: world.mode.site === 'china' ? 'ali-cn-hangzhou' : 'gcp-us-west1',
    plan: PLAN[kind],
    status: 'RUNNING',
    ...defined(given),
    clusterName: given.clusterName,
    kind,
    wasReady: given.status !== 'CREATING',
  })
  world.addCluster(cluster)
  world.save()
  return rawRow(cluster)
}

/** Changes a cluster with no regard for what it is doing. Null when there is none. @throws z.ZodError */
export function changeCluster(world: ZillizWorld, clusterId: string, input: unknown): RawCluster | null {
  const change = defined(changeSchema.parse(input))
  const cluster = world.findCluster(clusterId)
  if (!cluster) return null
  Object.assign(cluster, change)
  if (change.status !== undefined) cluster.transition = null
  if (change.status === 'RUNNING') cluster.wasReady = true
  world.save()
  return rawRow(cluster)
}

/** Makes a cluster be gone at once. */
export function removeCluster(world: ZillizWorld, clusterId: string): boolean {
  const cluster = world.findCluster(clusterId)
  if (!cluster) return false
  cluster.transition = null
  cluster.status = 'DELETED'
  cluster.dropTime ??= world.now()
  world.save()
  return true
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> }

function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as Defined<T>
}
