import { z } from '@hono/zod-openapi'
import type { AuditAction } from '../cluster/audit.ts'
import type { Caller } from '../cluster/caller.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { Problem, type ProblemCode } from '../cluster/problem.ts'
import type { Changed, Mutation } from '../store/mutation.ts'
import type { Store } from '../store/store.ts'
import type { Call } from './call.ts'
import { accepted, clusterReply } from './cluster-reply.ts'
import { type GuardedOperation, operation } from './operation.ts'
import { idParameter } from './schemas/ids.ts'
import { adapterOf, visibleCluster } from './visible.ts'
import { waitForOperation } from './wait.ts'

interface Action {
  verb: 'suspend' | 'resume' | 'refresh' | 'retry' | 'release'
  audit: AuditAction
  summary: string
  description: string
  problems?: readonly ProblemCode[]
  /** Refuses what the provider cannot do. */
  check?(call: Call, cluster: Cluster): void
  request(store: Store, mutation: Mutation, id: string, caller: Caller): Promise<Changed>
}

/** `POST /clusters/{id}/VERB`: accepted now, done by the reconciler. */
export function clusterAction({ verb, check, request, ...action }: Action): GuardedOperation {
  return operation({
    operationId: `${verb}Cluster`,
    method: 'post',
    path: `/clusters/{id}/${verb}`,
    tags: ['Clusters'],
    summary: action.summary,
    description: action.description,
    permission: 'cluster.write',
    audit: action.audit,
    idempotent: true,
    params: idParameter('clu', 'cluster'),
    headers: ['prefer', 'reason'],
    responses: { 202: accepted },
    problems: ['wrong-state', ...(action.problems ?? [])],
    handler: async (call: Call) => {
      const cluster = await visibleCluster(call)
      check?.(call, cluster)
      return clusterReply(202, await request(call.deps.store, call.mutation, cluster.id, call.caller))
    },
    finish: waitForOperation,
    query: z.strictObject({}),
  })
}

/** Refuses with the provider's own words where it cannot do this to such a cluster. */
export function requireAbility(
  call: Call,
  cluster: Cluster,
  verb: 'suspend' | 'resume' | 'update' | 'rename',
): void {
  const refusal = adapterOf(call, cluster.provider).refusal(verb, cluster)
  if (refusal !== null) throw new Problem('unsupported-by-provider', refusal)
}
