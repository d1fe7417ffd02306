import { z } from '@hono/zod-openapi'
import { rejectCluster as reject } from '../../store/approvals.ts'
import { clusterReply } from '../cluster-reply.ts'
import { rolesIn } from '../deciding-roles.ts'
import { operation } from '../operation.ts'
import { clusterSchema } from '../schemas/cluster.ts'
import { idParameter } from '../schemas/ids.ts'
import { visibleCluster } from '../visible.ts'

export const rejectCluster = operation({
  operationId: 'rejectCluster',
  method: 'post',
  path: '/clusters/{id}/reject',
  tags: ['Clusters'],
  summary: 'Reject a create that waits',
  description:
    'Ends a create in `PENDING_APPROVAL`: the cluster is `FAILED` with `approval-rejected`, and the provider never heard of it. Whoever may approve may reject; whoever asked deletes the cluster instead.',
  permission: 'cluster.approve',
  audit: 'cluster.reject',
  idempotent: true,
  params: idParameter('clu', 'cluster'),
  headers: ['ifMatch', 'reason'],
  body: {
    schema: z
      .strictObject({ reason: z.string().trim().min(1).max(512).openapi({ description: 'Why not.' }) })
      .openapi('RejectClusterRequest'),
    contentTypes: ['application/json'],
    examples: { reason: { summary: 'With the reason', value: { reason: 'Use the shared cluster instead' } } },
  },
  responses: {
    200: {
      description: 'Rejected.',
      schema: clusterSchema,
      headers: { ETag: 'The ETag of the cluster.' },
    },
  },
  problems: ['wrong-state'],
  handler: async (call) => {
    const { id, team } = await visibleCluster(call)
    const { reason } = call.body
    const mutation = { ...call.mutation, who: { ...call.mutation.who, reason } }
    const decider = { roles: rolesIn(call.caller, team), reason }
    return clusterReply(200, await reject(call.deps.store, mutation, id, decider))
  },
})
