import { findFault } from '../faults.ts'
import type { Call, Operation } from './call.ts'
import { RpcError } from './rpc-error.ts'

export const deleteCluster: Operation = {
  name: 'deleteCluster',
  method: 'DELETE',
  path: '/v1/accounts/:account/clusters/:id{[^/:]+}',
  scope: 'clusters',
  heeds: ['notFoundOnce', 'stuck'],
  audited: true,
  handle: remove,
}

function remove({ world, account, id, faults }: Call): object {
  const cluster = world.requireCluster(account.accountId, id)
  if (cluster.deleteTime !== null)
    throw new RpcError('FAILED_PRECONDITION', 'cluster is already being deleted')
  const stuck = findFault(faults, 'stuck')
  cluster.deleteTime = world.now()
  cluster.goneTime = stuck ? null : world.now() + world.settings.deletingMs
  cluster.heldState = stuck?.state ?? null
  return {}
}
