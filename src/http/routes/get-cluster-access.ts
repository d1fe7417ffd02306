import { z } from '@hono/zod-openapi'
import { Problem } from '../../cluster/problem.ts'
import { findAccess } from '../../store/read-clusters.ts'
import { negotiate } from '../accept.ts'
import { kubeconfig } from '../kubeconfig.ts'
import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { idParameter } from '../schemas/ids.ts'
import { visibleCluster } from '../visible.ts'

const exampleAccess = {
  endpoint: 'https://0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com',
  caData: 'LS0tLS1CRUdJTi…',
  eks: { clusterName: 'inference', region: 'us-east-1' },
}

const access = z
  .object({
    endpoint: z.string(),
    caData: z.string().optional().openapi({ description: 'Base64 of the PEM certificate authority.' }),
    eks: z.object({ clusterName: z.string(), region: z.string() }).optional(),
  })
  .openapi('ClusterAccess', { description: 'How to reach the cluster. Holds no credential.' })

const yamlType = 'application/yaml'

export const getClusterAccess = operation({
  operationId: 'getClusterAccess',
  method: 'get',
  path: '/clusters/{id}/access',
  tags: ['Clusters'],
  summary: 'Get what is needed to reach a cluster',
  description:
    'Endpoint and certificate authority. `Accept: application/yaml` gives a ready kubeconfig for an EKS cluster, which gets its tokens by `aws eks get-token`.',
  permission: 'cluster.read',
  audit: 'cluster.access',
  params: idParameter('clu', 'cluster'),
  responses: {
    200: {
      description: 'Where the cluster is reached.',
      schema: access,
      example: exampleAccess,
      otherTypes: {
        [yamlType]: {
          description: 'A kubeconfig.',
          example: kubeconfig('inference', exampleAccess),
        },
      },
    },
  },
  problems: ['not-acceptable', 'wrong-state'],
  handler: async (call) => {
    const type = negotiate(call.header('accept'), ['application/json', yamlType])
    const cluster = await visibleCluster(call)
    const found = await findAccess(call.deps.store, cluster.id)
    if (!found) {
      throw new Problem(
        'wrong-state',
        `It is not known yet how to reach the cluster; it is ${cluster.state}.`,
      )
    }
    if (type !== yamlType) return json(200, found)
    const { eks } = found
    if (!eks)
      throw new Problem(
        'not-acceptable',
        'There is a kubeconfig for EKS clusters only; ask for application/json.',
      )
    const name = cluster.name
    return { status: 200, headers: { 'content-type': yamlType }, body: kubeconfig(name, { ...found, eks }) }
  },
})
