import { findFault } from '../faults.ts'
import { parseBody } from './body.ts'
import type { Call, Operation } from './call.ts'
import { clusterReply } from './cluster-view.ts'
import { decodeMessage } from './message.ts'
import type { ClusterRecord, EksCluster } from './records.ts'
import { CREATE_CLUSTER_REQUEST } from './resources.ts'
import { RpcError } from './rpc-error.ts'
import { clusterName, type FireworksWorld } from './world.ts'

const CLUSTER_ID = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/
const DISPLAY_NAME_LIMIT = 64

export const createCluster: Operation = {
  name: 'createCluster',
  method: 'POST',
  path: '/v1/accounts/:account/clusters',
  scope: 'clusters',
  heeds: ['stuck', 'fail', 'state'],
  audited: true,
  handle: create,
}

function create(call: Call): object {
  const { world, account, faults } = call
  const request = decodeMessage(CREATE_CLUSTER_REQUEST, parseBody(call.body))
  requireClusterId(request.clusterId)
  if (!request.cluster) throw new RpcError('INVALID_ARGUMENT', 'cluster must be set')
  const { displayName, eksCluster, fakeCluster } = request.cluster
  requireDisplayName(displayName)
  if (eksCluster) requireEksFields(eksCluster)
  if (world.findCluster(account.accountId, request.clusterId))
    throw new RpcError(
      'ALREADY_EXISTS',
      `Cluster "${clusterName(account.accountId, request.clusterId)}" already exists`,
    )
  const eks = eksCluster ? withDefaultRole(eksCluster) : null
  const stuck = findFault(faults, 'stuck')
  const fail = findFault(faults, 'fail')
  const cluster = newCluster(world, {
    accountId: account.accountId,
    clusterId: request.clusterId,
    displayName,
    eksCluster: eks,
    fakeCluster: fakeCluster ?? null,
    ...(stuck ? { settleTime: null, heldState: stuck.state ?? null } : {}),
    ...(fail ? { failure: { code: 'PERMISSION_DENIED', message: fail.message ?? failureText(eks) } } : {}),
  })
  world.addCluster(cluster)
  return clusterReply(world, cluster, { state: findFault(faults, 'state')?.state })
}

/** A record with everything filled in that is not given: created now, READY once the provisioning time is over. */
export function newCluster(
  world: FireworksWorld,
  given: Pick<ClusterRecord, 'accountId' | 'clusterId'> & Partial<ClusterRecord>,
): ClusterRecord {
  const now = world.now()
  return {
    displayName: '',
    eksCluster: null,
    fakeCluster: null,
    createTime: now,
    changeTime: now,
    settleTime: now + world.settings.provisioningMs,
    failure: null,
    deleteTime: null,
    goneTime: null,
    heldState: null,
    uid: world.newId(32),
    ...given,
  }
}

export function withDefaultRole(eks: EksCluster): EksCluster {
  const role = eks.fireworksManagerRole || `arn:aws:iam::${eks.awsAccountId}:role/FireworksManagerRole`
  return { ...eks, fireworksManagerRole: role }
}

/** @throws RpcError INVALID_ARGUMENT at 64 characters and above */
export function requireDisplayName(displayName: string): void {
  if ([...displayName].length >= DISPLAY_NAME_LIMIT)
    throw new RpcError(
      'INVALID_ARGUMENT',
      `display_name must be fewer than ${DISPLAY_NAME_LIMIT} characters long`,
    )
}

function requireClusterId(clusterId: string): void {
  if (clusterId === '') throw new RpcError('INVALID_ARGUMENT', 'cluster_id must be set')
  if (!CLUSTER_ID.test(clusterId))
    throw new RpcError(
      'INVALID_ARGUMENT',
      `invalid cluster_id ${JSON.stringify(clusterId)}: 1 to 63 of a-z, 0-9 and -, starting with a letter and not ending with -`,
    )
}

function requireEksFields(eks: EksCluster): void {
  if (eks.awsAccountId === '')
    throw new RpcError('INVALID_ARGUMENT', 'eks_cluster.aws_account_id must be set')
  if (eks.region === '') throw new RpcError('INVALID_ARGUMENT', 'eks_cluster.region must be set')
}

function failureText(eks: EksCluster | null): string {
  return eks
    ? `Unable to assume role ${eks.fireworksManagerRole}: AccessDenied`
    : 'Unable to reach the cluster'
}
