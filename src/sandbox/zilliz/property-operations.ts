import { labelsBody, parseBody, renameBody, updateClusterBody } from './bodies.ts'
import type { Call, Operation } from './call.ts'
import { requireDedicated } from './change-operations.ts'
import { ZillizFailure } from './failure.ts'
import { MODIFIED } from './prompts.ts'

const AT_REST = ['RUNNING', 'STOPPED']

export const propertyOperations: readonly Operation[] = [
  { name: 'updateCluster', method: 'PATCH', path: '/v2/clusters/:id', handle: updateCluster },
  { name: 'renameCluster', method: 'POST', path: '/v2/clusters/:id/modifyProperties', handle: renameCluster },
  { name: 'getLabels', method: 'GET', path: '/v2/clusters/:id/labels', handle: getLabels },
  { name: 'setLabels', method: 'PUT', path: '/v2/clusters/:id/labels', handle: setLabels },
]

/** The newer way to rename, for dedicated clusters; the only route of a cluster that wants an `OrgId` header. */
function updateCluster({ world, id, headers, body }: Call): object {
  if (!headers.get('orgid')) throw new ZillizFailure(80000, { message: 'Header OrgId is required.' })
  const { clusterName, description } = parseBody(updateClusterBody, body)
  if (clusterName === undefined && description === undefined) throw new ZillizFailure(80000)
  requireDedicated(world.requireCluster(id))
  const cluster = world.requireClusterIn(id, AT_REST)
  if (clusterName !== undefined) world.requireFreeName(cluster.projectId, clusterName, id)
  cluster.clusterName = clusterName ?? cluster.clusterName
  cluster.description = description ?? cluster.description
  return { clusterId: id, prompt: MODIFIED }
}

function renameCluster({ world, id, body }: Call): object {
  const { clusterName } = parseBody(renameBody, body)
  const cluster = world.requireClusterIn(id, AT_REST)
  world.requireFreeName(cluster.projectId, clusterName, id)
  cluster.clusterName = clusterName
  return { clusterId: id, prompt: MODIFIED }
}

function getLabels({ world, id }: Call): object {
  return { labels: world.requireCluster(id).labels }
}

function setLabels({ world, id, body }: Call): object {
  const { labels } = parseBody(labelsBody, body)
  world.requireCluster(id).labels = labels
  return { clusterId: id }
}
