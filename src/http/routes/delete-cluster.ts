import { z } from '@hono/zod-openapi'
import { may } from '../../cluster/caller.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { invalid, Problem, type ProblemCode } from '../../cluster/problem.ts'
import { requestDelete } from '../../store/change-cluster.ts'
import { type Mutation, requireMatch } from '../../store/mutation.ts'
import type { Call } from '../call.ts'
import { accepted, clusterReply } from '../cluster-reply.ts'
import { operation } from '../operation.ts'
import { flag } from '../page.ts'
import { json } from '../reply.ts'
import { exampleIds, id, idParameter } from '../schemas/ids.ts'
import { adapterOf, visibleCluster } from '../visible.ts'
import { waitForOperation } from '../wait.ts'

const preview = z
  .object({
    clusterId: id('clu'),
    residue: z
      .string()
      .nullable()
      .openapi({ description: 'What will remain at the provider, and may keep costing.' }),
    allowed: z.boolean(),
    blockedBy: z
      .enum(['deletion-protected', 'wrong-state', 'unsupported-by-provider'])
      .nullable()
      .openapi({ description: 'The code of the problem that the delete would meet now.' }),
  })
  .openapi('DeletePreview')

type Obstacle = Extract<ProblemCode, 'deletion-protected' | 'wrong-state' | 'unsupported-by-provider'>

export const deleteCluster = operation({
  operationId: 'deleteCluster',
  method: 'delete',
  path: '/clusters/{id}',
  tags: ['Clusters'],
  summary: 'Delete a cluster',
  description:
    'Accepts a delete. It takes over from whatever is under way. A cluster that is being deleted, or is deleted, stays so. `validateOnly` tells what will remain. `force` deletes in spite of `deletionProtection`: it takes the permission `cluster.force-delete` and a `Reason`, and the entry tells of it.',
  permission: 'cluster.write',
  audit: 'cluster.delete',
  params: idParameter('clu', 'cluster'),
  query: z.strictObject({
    validateOnly: flag('Tell what would happen and change nothing: answers 200.'),
    force: flag('Delete even what is protected; says why in `Reason`.'),
  }),
  headers: ['ifMatch', 'prefer', 'reason'],
  responses: {
    202: accepted,
    200: {
      description: 'With `validateOnly`: what would happen.',
      schema: preview,
      example: { clusterId: exampleIds.clu, residue: null, allowed: true, blockedBy: null },
    },
  },
  problems: ['deletion-protected', 'wrong-state', 'unsupported-by-provider'],
  handler: async (call) => {
    const cluster = await visibleCluster(call)
    const adapter = adapterOf(call, cluster.provider)
    const residue = adapter.residue(cluster)
    const { force = false, validateOnly } = call.query
    if (force) requireForce(call, cluster.team)
    const refusal = cluster.state === 'DELETED' ? null : adapter.refusal('delete', cluster)
    if (validateOnly) {
      requireMatch(call.mutation, cluster.version)
      const blockedBy = refusal === null ? obstacle(cluster, force) : 'unsupported-by-provider'
      return json(200, { clusterId: cluster.id, residue, allowed: blockedBy === null, blockedBy })
    }
    if (refusal !== null) throw new Problem('unsupported-by-provider', refusal)
    if (force) requireReason(call.mutation)
    return clusterReply(
      202,
      await requestDelete(call.deps.store, call.mutation, cluster.id, { residue, force }),
    )
  },
  finish: waitForOperation,
})

function requireForce({ caller }: Call, team: string): void {
  if (may(caller, 'cluster.force-delete', team)) return
  throw new Problem('forbidden', `None of your roles in ${team} includes cluster.force-delete.`)
}

function requireReason({ who }: Mutation): void {
  if (who.reason !== undefined) return
  throw invalid([{ pointer: 'header/Reason', detail: 'is required to delete by force: say why' }])
}

function obstacle(cluster: Cluster, force: boolean): Obstacle | null {
  if (cluster.management === 'UNMANAGED') return 'wrong-state'
  const isProtected = cluster.deletionProtection && !force && cluster.state !== 'DELETED'
  return isProtected ? 'deletion-protected' : null
}
