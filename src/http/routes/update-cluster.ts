import { z } from '@hono/zod-openapi'
import type { JsonObject } from '../../cluster/json.ts'
import { Problem } from '../../cluster/problem.ts'
import { patchCluster } from '../../store/change-cluster.ts'
import { findConnection } from '../../store/read-connections.ts'
import { decideChange } from '../cluster-change.ts'
import { readFutureTime } from '../cluster-order.ts'
import { accepted, clusterReply } from '../cluster-reply.ts'
import { operation } from '../operation.ts'
import { clusterSchema } from '../schemas/cluster.ts'
import { clusterName, displayName, futureTime, labelsPatch } from '../schemas/cluster-fields.ts'
import { idParameter } from '../schemas/ids.ts'
import { adapterOf, visibleCluster } from '../visible.ts'
import { waitForOperation } from '../wait.ts'

const specPatch = z
  .record(z.string(), z.unknown())
  // JSON was parsed to make it, so it holds nothing but JSON.
  .transform((spec) => spec as JsonObject)

const body = z
  .strictObject({
    name: clusterName.optional().openapi({ description: 'Only where the provider can rename a cluster.' }),
    displayName: displayName.optional(),
    labels: labelsPatch.optional(),
    deletionProtection: z.boolean().optional(),
    expireTime: futureTime.nullable().optional(),
    spec: specPatch.optional().openapi({
      type: 'object',
      additionalProperties: true,
      description:
        'Merged with the spec there is. What may change depends on the provider: see `GET /providers/{provider}`.',
    }),
  })
  .openapi('UpdateClusterRequest')

export const updateCluster = operation({
  operationId: 'updateCluster',
  method: 'patch',
  path: '/clusters/{id}',
  tags: ['Clusters'],
  summary: 'Change a cluster',
  description:
    'A JSON merge patch (RFC 7396): what is left out stays, null removes. What the provider must know is accepted with 202 and done by an update; the rest is done at once. A patch that changes nothing is no change.',
  permission: 'cluster.write',
  audit: 'cluster.update',
  params: idParameter('clu', 'cluster'),
  headers: ['ifMatch', 'prefer', 'reason'],
  body: {
    schema: body,
    contentTypes: ['application/merge-patch+json', 'application/json'],
    examples: {
      labels: {
        summary: 'Set one label, remove another, and protect the cluster',
        value: { labels: { tier: 'gold', env: null }, deletionProtection: true },
      },
    },
  },
  responses: {
    200: {
      description: 'Done.',
      schema: clusterSchema,
      headers: { ETag: 'The ETag of the cluster.' },
    },
    202: accepted,
  },
  problems: [
    'policy-denied',
    'name-taken',
    'operation-in-progress',
    'wrong-state',
    'unsupported-by-provider',
  ],
  handler: async (call) => {
    const cluster = await visibleCluster(call)
    const adapter = adapterOf(call, cluster.provider)
    const connection = await findConnection(call.deps.store, cluster.connectionId)
    if (!connection) throw new Problem('wrong-state', "The cluster's connection was deleted.")
    const given = call.body.expireTime
    const expireTime = given === undefined ? undefined : readFutureTime(call, given)
    let status: 200 | 202 = 200
    const changed = await patchCluster(call.deps.store, call.mutation, cluster.id, (row) => {
      const patch = decideChange(adapter, connection.settings, row, { ...call.body, expireTime })
      status = patch.upstream.length > 0 ? 202 : 200
      return patch
    })
    return clusterReply(status, changed)
  },
  finish: waitForOperation,
})
