import { z } from '@hono/zod-openapi'
import { toRfc3339 } from '../../cluster/clock.ts'
import type { Adapters } from '../../cluster/provider.ts'
import { type ClusterOrder, createCluster as create, previewCreate } from '../../store/create-cluster.ts'
import type { Call } from '../call.ts'
import { orderOf } from '../cluster-order.ts'
import { accepted, clusterReply } from '../cluster-reply.ts'
import { operation } from '../operation.ts'
import { flag } from '../page.ts'
import { json, type Reply } from '../reply.ts'
import { exampleCluster } from '../schemas/cluster.ts'
import {
  type CreateClusterBody,
  createClusterExamples,
  createClusterSchema,
} from '../schemas/create-cluster.ts'
import { nullableTime } from '../schemas/ids.ts'
import { policyDecision } from '../schemas/policy-decision.ts'
import { waitForOperation } from '../wait.ts'

const orderSchema = z
  .object({
    name: z.string(),
    displayName: z.string(),
    provider: z.string(),
    connection: z.string(),
    team: z.string(),
    region: z.string().nullable(),
    spec: z.record(z.string(), z.unknown()),
    labels: z.record(z.string(), z.string()),
    deletionProtection: z.boolean(),
    expireTime: nullableTime,
  })
  .openapi('ClusterOrder', { description: 'The cluster as it would be asked for.' })

export const createCluster = (adapters: Adapters) =>
  operation({
    operationId: 'createCluster',
    method: 'post',
    path: '/clusters',
    tags: ['Clusters'],
    summary: 'Create a cluster',
    description:
      'Accepts a create and answers at once, with the cluster in `PENDING`; the provider is asked right after. For one accepted create there is at most one cluster at the provider, whatever fails on the way.',
    permission: 'cluster.write',
    audit: 'cluster.create',
    idempotent: true,
    query: z.strictObject({ validateOnly: flag('Check everything and change nothing: answers 200.') }),
    headers: ['prefer', 'reason'],
    body: {
      schema: createClusterSchema(adapters),
      contentTypes: ['application/json'],
      examples: createClusterExamples(adapters),
    },
    responses: {
      202: {
        ...accepted,
        example: exampleCluster,
        headers: { Location: 'Path of the cluster.', ETag: 'The ETag of the cluster.' },
      },
      200: {
        description: 'With `validateOnly`: it would be accepted now.',
        schema: z
          .object({ valid: z.literal(true), cluster: orderSchema, policy: policyDecision.nullable() })
          .openapi('ValidatedCreate'),
      },
    },
    problems: ['policy-denied', 'name-taken', 'possible-duplicate'],
    handler: async (call) => {
      const order = await orderOf(call)
      if (call.query.validateOnly) return validated(call, order)
      const changed = await create(call.deps.store, call.mutation, order)
      return clusterReply(202, changed, { location: `/clusters/${changed.id}` })
    },
    finish: waitForOperation,
  })

async function validated({ deps }: Call<unknown, CreateClusterBody>, ordered: ClusterOrder): Promise<Reply> {
  const { order, decision } = await previewCreate(deps.store, ordered)
  const { scope, allowDuplicate, ...shown } = order
  const expireTime = toRfc3339(order.expireTime)
  const cluster = { ...shown, connection: order.connection.name, expireTime }
  return json(200, { valid: true, cluster, policy: decision })
}
