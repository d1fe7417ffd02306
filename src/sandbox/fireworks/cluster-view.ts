import { select } from './field-mask.ts'
import { stateOf, statusOf, updateTimeOf } from './lifecycle.ts'
import { encodeMessage, type JsonObject } from './message.ts'
import type { ClusterRecord } from './records.ts'
import { CLUSTER } from './resources.ts'
import { clusterName, type FireworksWorld } from './world.ts'

/** A cluster as the API words it, whole. `state` is shown in place of its own. */
export function describeCluster(cluster: ClusterRecord, now: number, state?: string): JsonObject {
  return {
    name: clusterName(cluster.accountId, cluster.clusterId),
    displayName: cluster.displayName,
    createTime: new Date(cluster.createTime).toISOString(),
    eksCluster: cluster.eksCluster,
    fakeCluster: cluster.fakeCluster,
    state: state ?? stateOf(cluster, now),
    status: statusOf(cluster, now),
    updateTime: new Date(updateTimeOf(cluster, now)).toISOString(),
  }
}

/** The reply that consists of one cluster. @throws RpcError INVALID_ARGUMENT for an unknown field in `readMask` */
export function clusterReply(
  world: FireworksWorld,
  cluster: ClusterRecord,
  options: { state?: string | undefined; readMask?: readonly string[] } = {},
): JsonObject {
  const whole = describeCluster(cluster, world.now(), options.state)
  const selected = select(CLUSTER, whole, options.readMask ?? [])
  return { ...encodeMessage(CLUSTER, selected, world.mode.unsetFields), ...hiddenFields(world, cluster) }
}

export function hiddenFields(world: FireworksWorld, cluster: ClusterRecord): JsonObject {
  return world.mode.hiddenFields
    ? { annotations: {}, isDlde: false, meteringKey: `mk-${cluster.uid.slice(0, 12)}` }
    : {}
}
