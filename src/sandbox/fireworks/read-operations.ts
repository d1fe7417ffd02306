import { z } from 'zod'
import { type Fault, findFault } from '../faults.ts'
import type { Call, Operation } from './call.ts'
import { CA_DATA } from './certificate.ts'
import { clusterReply, describeCluster, hiddenFields } from './cluster-view.ts'
import { select } from './field-mask.ts'
import { stateOf } from './lifecycle.ts'
import { listReply } from './list-reply.ts'
import { encodeMessage } from './message.ts'
import { maskParameter, readQuery } from './query.ts'
import type { ClusterRecord } from './records.ts'
import { CLUSTER, CONNECTION_INFO } from './resources.ts'
import { RpcError } from './rpc-error.ts'
import { clusterName } from './world.ts'

const getParameters = z.object({ readMask: maskParameter })

export const readOperations: readonly Operation[] = [
  {
    name: 'listClusters',
    method: 'GET',
    path: '/v1/accounts/:account/clusters',
    scope: 'clusters',
    heeds: ['shiftPages'],
    handle: listClusters,
  },
  {
    name: 'getClusterConnectionInfo',
    method: 'GET',
    path: '/v1/accounts/:account/clusters/:id{[^/:]+:getConnectionInfo}',
    verb: ':getConnectionInfo',
    scope: 'clusters',
    heeds: ['notFoundOnce'],
    handle: getClusterConnectionInfo,
  },
  {
    name: 'getCluster',
    method: 'GET',
    path: '/v1/accounts/:account/clusters/:id{[^/:]+}',
    scope: 'clusters',
    heeds: ['state', 'notFoundOnce'],
    handle: getCluster,
  },
]

function listClusters(call: Call): object {
  const { world, account } = call
  const living = world.livingClusters(account.accountId)
  const byName = new Map(
    living.map((cluster) => [clusterName(account.accountId, cluster.clusterId), cluster]),
  )
  return listReply(call, {
    member: 'clusters',
    type: CLUSTER,
    rows: living.map((cluster) => describeCluster(cluster, world.now(), forcedState(call, cluster))),
    ordered: true,
    filtered: true,
    extend: ({ name }) => {
      const cluster = byName.get(String(name))
      return cluster ? hiddenFields(world, cluster) : {}
    },
  })
}

// A list is about many clusters, so rules that name one are looked up cluster by cluster.
function forcedState({ world }: Call, cluster: ClusterRecord): string | undefined {
  const isState = (fault: Fault) => fault.kind === 'state'
  const taken = world.settings.faults.take('listClusters', [cluster.clusterId, cluster.displayName], isState)
  return findFault(taken, 'state')?.state
}

function getCluster({ world, account, id, params, faults }: Call): object {
  const { readMask } = readQuery(params, getParameters)
  const cluster = world.requireCluster(account.accountId, id)
  return clusterReply(world, cluster, { readMask, state: findFault(faults, 'state')?.state })
}

function getClusterConnectionInfo({ world, account, id, params }: Call): object {
  const { readMask } = readQuery(params, getParameters)
  const cluster = world.requireCluster(account.accountId, id)
  const state = stateOf(cluster, world.now())
  if (state !== 'READY' && world.mode.connectionInfoBeforeReady === 'refused')
    throw new RpcError('FAILED_PRECONDITION', `cluster is not ready: its state is ${state}`)
  const info = state === 'READY' ? { endpoint: endpointOf(cluster), caData: CA_DATA } : {}
  return encodeMessage(CONNECTION_INFO, select(CONNECTION_INFO, info, readMask), world.mode.unsetFields)
}

function endpointOf({ uid, eksCluster, clusterId }: ClusterRecord): string {
  if (!eksCluster) return `https://${clusterId}.fake.invalid`
  return `https://${uid.toUpperCase()}.gr7.${eksCluster.region}.eks.amazonaws.com`
}
