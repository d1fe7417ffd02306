import { z } from 'zod'
import { findFault } from '../faults.ts'
import { parseBody } from './body.ts'
import type { Call, Operation } from './call.ts'
import { clusterReply } from './cluster-view.ts'
import { requireDisplayName, withDefaultRole } from './create-cluster.ts'
import { maskFromBody } from './field-mask.ts'
import { valueAt } from './filter.ts'
import { decodeMessage, resolvePath, toProtoName } from './message.ts'
import { maskParameter, readQuery } from './query.ts'
import { type ClusterRecord, type EksCluster, eksClusterSchema } from './records.ts'
import { CLUSTER, type ClusterBody } from './resources.ts'
import { RpcError } from './rpc-error.ts'

const updateParameters = z.object({ updateMask: maskParameter })

// All else is either written by the server or fixed when the cluster is made.
const MUTABLE_EKS_FIELDS: ReadonlySet<string> = new Set<keyof EksCluster>([
  'fireworksManagerRole',
  'storageBucketName',
  'metricWriterRole',
  'loadBalancerControllerRole',
  'workloadIdentityPoolProviderId',
  'inferenceRole',
])

export const updateCluster: Operation = {
  name: 'updateCluster',
  method: 'PATCH',
  path: '/v1/accounts/:account/clusters/:id{[^/:]+}',
  scope: 'clusters',
  heeds: ['notFoundOnce', 'state'],
  audited: true,
  handle: update,
}

function update({ world, account, id, params, body, faults }: Call): object {
  const json = parseBody(body)
  const given = decodeMessage(CLUSTER, json)
  // Worked out even when the query brings a mask, so a field that does not exist is refused either way.
  const spokenOf = maskFromBody(CLUSTER, json)
  const { updateMask } = readQuery(params, updateParameters)
  const cluster = world.requireCluster(account.accountId, id)
  if (cluster.deleteTime !== null) throw new RpcError('FAILED_PRECONDITION', 'cluster is being deleted')
  const paths = (updateMask.length > 0 ? updateMask : spokenOf).flatMap((path) =>
    leavesOf(path, cluster, given),
  )
  const changed = paths.reduce((draft, path) => withField(draft, path, given), cluster)
  if (paths.length > 0) Object.assign(cluster, changed, { changeTime: world.now() })
  return clusterReply(world, cluster, { state: findFault(faults, 'state')?.state })
}

/** A whole block speaks of all its fields, except of fixed ones that it leaves out. */
function leavesOf(path: string, cluster: ClusterRecord, given: ClusterBody): string[] {
  if (path === '*')
    return ['display_name', ...(cluster.eksCluster ? leavesOf('eks_cluster', cluster, given) : [])]
  if (path === 'eks_cluster' && cluster.eksCluster && given.eksCluster) {
    const { eksCluster } = given
    return eksClusterSchema
      .keyof()
      .options.filter((field) => MUTABLE_EKS_FIELDS.has(field) || eksCluster[field] !== '')
      .map((field) => `eks_cluster.${toProtoName(field)}`)
  }
  return [path]
}

function withField(cluster: ClusterRecord, path: string, given: ClusterBody): ClusterRecord {
  const names = resolvePath(CLUSTER, path)
  if (!names) throw new RpcError('INVALID_ARGUMENT', `invalid update_mask path ${JSON.stringify(path)}`)
  const [member, field] = names
  if (member === 'displayName') {
    requireDisplayName(given.displayName)
    return { ...cluster, displayName: given.displayName }
  }
  if (member !== 'eksCluster' && member !== 'fakeCluster')
    throw new RpcError('INVALID_ARGUMENT', `${path} is output only`)
  const wanted = valueAt(given, names)
  if (field && valueAt(cluster, names) === wanted) return cluster
  if (member === 'fakeCluster' || !cluster.eksCluster || !field || !MUTABLE_EKS_FIELDS.has(field))
    throw new RpcError('INVALID_ARGUMENT', `${path} is immutable`)
  const eksCluster = eksClusterSchema.parse({ ...cluster.eksCluster, [field]: wanted })
  return { ...cluster, eksCluster: withDefaultRole(eksCluster) }
}
