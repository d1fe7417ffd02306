import { findFault } from '../faults.ts'
import { type ModifyBody, modifyBody, modifyReplicaBody, parseBody } from './bodies.ts'
import type { Call, Operation } from './call.ts'
import { requireCuSize, requireReplica } from './compute-units.ts'
import { ZillizFailure } from './failure.ts'
import { begin, statusOf } from './lifecycle.ts'
import { DROPPED, MODIFIED, RESUMED, SUSPENDED } from './prompts.ts'
import type { Autoscaling, ClusterRecord, Transition } from './records.ts'

const heeds = ['stuck'] as const

export const changeOperations: readonly Operation[] = [
  { name: 'suspendCluster', method: 'POST', path: '/v2/clusters/:id/suspend', heeds, handle: suspend },
  { name: 'resumeCluster', method: 'POST', path: '/v2/clusters/:id/resume', heeds, handle: resume },
  { name: 'modifyCluster', method: 'POST', path: '/v2/clusters/:id/modify', heeds, handle: modify },
  {
    name: 'modifyReplica',
    method: 'POST',
    path: '/v2/clusters/:id/modifyReplica',
    heeds,
    handle: modifyReplica,
  },
  { name: 'dropCluster', method: 'DELETE', path: '/v2/clusters/:id/drop', heeds, handle: drop },
]

// Work in progress has to end before a drop, except a creation, which it cuts short.
const BUSY = [
  'DELETING',
  'STOPPING',
  'RESUMING',
  'MODIFYING',
  'FREEZING',
  'RESTORE_BACKUP',
  'MIGRATING',
  'RESIZING',
  'UPGRADING',
  'WRITING_OPERATION',
  'SET_PRIVATE_LINK',
]

function suspend(call: Call): object {
  requireDedicated(call.world.requireCluster(call.id))
  const cluster = call.world.requireClusterIn(call.id, ['RUNNING'])
  start(call, cluster, 'STOPPING', 'STOPPED')
  return { clusterId: cluster.clusterId, prompt: SUSPENDED }
}

function resume(call: Call): object {
  if (call.world.requireCluster(call.id).kind === 'serverless') throw new ZillizFailure(96022)
  const cluster = call.world.requireClusterIn(call.id, ['STOPPED'])
  start(call, cluster, 'RESUMING', 'RUNNING')
  return { clusterId: cluster.clusterId, prompt: RESUMED }
}

function drop(call: Call): object {
  const cluster = call.world.requireCluster(call.id)
  if (BUSY.includes(statusOf(cluster))) throw new ZillizFailure(40003)
  start(call, cluster, 'DELETING', 'DELETED')
  cluster.dropTime = call.world.now()
  return { clusterId: cluster.clusterId, prompt: DROPPED }
}

function modify(call: Call): object {
  return scale(call, parseBody(modifyBody, call.body))
}

function modifyReplica(call: Call): object {
  return scale(call, parseBody(modifyReplicaBody, call.body))
}

function scale(call: Call, asked: ModifyBody): object {
  requireDedicated(call.world.requireCluster(call.id))
  const cluster = call.world.requireClusterIn(call.id, ['RUNNING'])
  const { cuSize, replica, autoscaling } = asked
  const resizes = cuSize !== undefined || replica !== undefined
  const twice = (cuSize !== undefined && autoscaling?.cu) || (replica !== undefined && autoscaling?.replica)
  if (twice || (!resizes && autoscaling === undefined)) throw new ZillizFailure(80000)
  for (const size of [cuSize, autoscaling?.cu?.min, autoscaling?.cu?.max]) {
    if (size !== undefined) requireCuSize(cluster.plan, cluster.cuType, size)
  }
  if (resizes) requireReplica(cluster.plan, cuSize ?? cluster.cuSize, replica ?? cluster.replica)
  cluster.autoscaling = autoscalingAfter(cluster.autoscaling, asked)
  if (resizes) start(call, cluster, 'MODIFYING', 'RUNNING', definedSizes(asked))
  return { clusterId: cluster.clusterId, prompt: MODIFIED }
}

/** What a request leaves out of `autoscaling` is wiped, not kept; a fixed size ends the policy for that size. */
function autoscalingAfter(before: Autoscaling, { cuSize, replica, autoscaling }: ModifyBody): Autoscaling {
  const after = { ...(autoscaling ?? before) }
  if (cuSize !== undefined) delete after.cu
  if (replica !== undefined) delete after.replica
  return after
}

function definedSizes({ cuSize, replica }: ModifyBody): Transition['changes'] {
  return { ...(cuSize === undefined ? {} : { cuSize }), ...(replica === undefined ? {} : { replica }) }
}

function start(
  { world, faults }: Call,
  cluster: ClusterRecord,
  status: string,
  endStatus: string,
  changes: Transition['changes'] = {},
): void {
  const stuck = findFault(faults, 'stuck')
  begin(cluster, {
    status: stuck?.state ?? status,
    startTime: world.now(),
    durationMs: world.settings.durations.changeMs,
    stuck: stuck !== undefined,
    endStatus,
    changes,
  })
}

/** @throws ZillizFailure 96021, 96022 */
export function requireDedicated(cluster: ClusterRecord): void {
  if (cluster.kind === 'free') throw new ZillizFailure(96021)
  if (cluster.kind === 'serverless') throw new ZillizFailure(96022)
}
