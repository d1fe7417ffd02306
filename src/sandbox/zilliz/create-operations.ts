import { findFault } from '../faults.ts'
import { createDedicatedBody, createSmallBody, parseBody } from './bodies.ts'
import type { Call, Operation } from './call.ts'
import { requireCuSize, requireCuType, requireReplica, resolvePlan } from './compute-units.ts'
import { ZillizFailure } from './failure.ts'
import { adminUsername, newClusterId, newPassword } from './identity.ts'
import { begin } from './lifecycle.ts'
import { regionsOf } from './places.ts'
import { CREATED } from './prompts.ts'
import type { ClusterKind, ClusterRecord } from './records.ts'
import type { ZillizWorld } from './world.ts'

type Wish = Pick<ClusterRecord, 'clusterName' | 'projectId' | 'regionId' | 'kind' | 'plan'> &
  Partial<ClusterRecord>

const heeds = ['stuck', 'fail'] as const

export const createOperations: readonly Operation[] = [
  {
    name: 'createFree',
    method: 'POST',
    path: '/v2/clusters/createFree',
    heeds,
    handle: (call) => createSmall(call, 'free', 'Free'),
  },
  {
    name: 'createServerless',
    method: 'POST',
    path: '/v2/clusters/createServerless',
    heeds,
    handle: (call) => createSmall(call, 'serverless', 'Serverless'),
  },
  {
    name: 'createDedicated',
    method: 'POST',
    path: '/v2/clusters/createDedicated',
    heeds,
    handle: createDedicated,
  },
]

function createSmall(call: Call, kind: ClusterKind, plan: string): object {
  const { description = '', labels = {}, ...body } = parseBody(createSmallBody, call.body)
  call.world.requireProject(body.projectId)
  return admit(call, { ...body, description, labels, kind, plan })
}

function createDedicated(call: Call): object {
  const { replica = 1, labels = {}, autoscaling = {}, ...body } = parseBody(createDedicatedBody, call.body)
  const plan = resolvePlan(body.plan, call.world.requireProject(body.projectId).plan)
  requireCuType(body.cuType)
  const { min, max, schedules } = autoscaling.cu ?? {}
  if (schedules !== undefined) throw new ZillizFailure(80000)
  if ((body.cuSize === undefined) === (min === undefined)) throw new ZillizFailure(96002)
  const cuSize = body.cuSize ?? min ?? 0
  for (const size of [cuSize, max ?? cuSize]) requireCuSize(plan, body.cuType, size)
  requireReplica(plan, cuSize, replica)
  return admit(call, { ...body, kind: 'dedicated', plan, cuSize, replica, labels, autoscaling })
}

function admit({ world, faults }: Call, wish: Wish): object {
  requireRegion(world, wish.regionId, wish.kind)
  world.requireFreeName(wish.projectId, wish.clusterName)
  requireQuota(world, wish)
  const cluster = newCluster(world, wish)
  const stuck = findFault(faults, 'stuck')
  begin(cluster, {
    status: stuck?.state ?? 'CREATING',
    startTime: world.now(),
    durationMs: world.settings.durations.createMs,
    stuck: stuck !== undefined,
    endStatus: findFault(faults, 'fail') ? 'ABNORMAL' : 'RUNNING',
    changes: {},
  })
  world.addCluster(cluster)
  const { clusterId, kind } = cluster
  return {
    clusterId,
    prompt: CREATED,
    username: adminUsername(kind, clusterId),
    password: newPassword(world.settings.random),
  }
}

/** A cluster at rest that has never been up. */
export function newCluster(world: ZillizWorld, wish: Wish): ClusterRecord {
  return {
    description: '',
    cuType: '',
    cuSize: 0,
    replica: 1,
    autoscaling: {},
    labels: {},
    status: 'CREATING',
    transition: null,
    wasReady: false,
    dropTime: null,
    ...wish,
    clusterId: newClusterId(world, wish.kind),
    createTime: world.now(),
  }
}

function requireRegion(world: ZillizWorld, regionId: string, kind: ClusterKind): void {
  const region = regionsOf(world.mode).find((candidate) => candidate.regionId === regionId)
  if (!region) throw new ZillizFailure(96001)
  if (region.supportedClusterTypes.includes(kind)) return
  throw new ZillizFailure(kind === 'free' ? 96019 : 96020)
}

function requireQuota(world: ZillizWorld, { kind, projectId }: Wish): void {
  const { quotas, mode } = world.settings
  const rivals = world.livingClusters().filter((cluster) => cluster.kind === kind)
  const inProject = rivals.filter((cluster) => cluster.projectId === projectId).length
  if (kind === 'free' && rivals.length >= quotas.freePerOrganization) {
    const message = 'The number of free clusters in this organization has reached its limit.'
    throw new ZillizFailure(mode.freeQuotaCode, { message })
  }
  const limit = {
    free: Infinity,
    serverless: quotas.serverlessPerProject,
    dedicated: quotas.dedicatedPerProject,
  }[kind]
  if (inProject >= limit) {
    const message = `The number of ${kind} clusters in this project has reached its limit.`
    throw new ZillizFailure(mode.clusterQuotaCode, { message })
  }
}
