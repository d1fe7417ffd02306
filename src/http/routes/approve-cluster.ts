import { z } from '@hono/zod-openapi'
import { approveCluster as approve } from '../../store/approvals.ts'
import { accepted, clusterReply } from '../cluster-reply.ts'
import { rolesIn } from '../deciding-roles.ts'
import { operation } from '../operation.ts'
import { idParameter } from '../schemas/ids.ts'
import { visibleCluster } from '../visible.ts'
import { waitForOperation } from '../wait.ts'

export const approveCluster = operation({
  operationId: 'approveCluster',
  method: 'post',
  path: '/clusters/{id}/approve',
  tags: ['Clusters'],
  summary: 'Approve a create that waits',
  description:
    'Lets a create in `PENDING_APPROVAL` go on. It takes a second person, of the role that the policy names: never whoever asked, nor whom that acted for, nor a key that one of them made. The connection must still serve the team. The policy is asked again, as it is now and with what the team holds now.',
  permission: 'cluster.approve',
  audit: 'cluster.approve',
  idempotent: true,
  params: idParameter('clu', 'cluster'),
  headers: ['ifMatch', 'prefer', 'reason'],
  body: {
    schema: z
      .strictObject({
        reason: z.string().trim().min(1).max(512).optional().openapi({ description: 'Why you agree.' }),
      })
      .openapi('ApproveClusterRequest'),
    contentTypes: ['application/json'],
    optional: true,
    examples: { reason: { summary: 'With a reason', value: { reason: 'CAP-77: budgeted for March' } } },
  },
  responses: { 202: accepted },
  problems: ['policy-denied', 'wrong-state'],
  handler: async (call) => {
    const { id, team } = await visibleCluster(call)
    const { mutation, body, caller } = call
    const reason = body.reason ?? mutation.who.reason ?? null
    const who = { ...mutation.who, ...(reason !== null && { reason }) }
    const decider = { roles: rolesIn(caller, team), reason }
    return clusterReply(202, await approve(call.deps.store, { ...mutation, who }, id, decider))
  },
  finish: waitForOperation,
})
