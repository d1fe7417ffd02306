import { z } from '@hono/zod-openapi'
import { importClusters as importAll } from '../../store/import-clusters.ts'
import { reseal } from '../../vault/rewrap.ts'
import { importConnection, teamOf } from '../cluster-order.ts'
import { operation } from '../operation.ts'
import { flag } from '../page.ts'
import { json } from '../reply.ts'
import { labels } from '../schemas/cluster-fields.ts'
import { exampleIds, team } from '../schemas/ids.ts'
import { policyDecision } from '../schemas/policy-decision.ts'
import { visibleTeams } from '../visible.ts'

const externalId = z.string().min(1).max(200)

const body = z
  .strictObject({
    connection: z.string().min(1).max(100).openapi({ description: 'Name or id.', example: 'zilliz-prod' }),
    team: team.optional().openapi({ description: "Default: the caller's team." }),
    labels: labels.optional(),
    externalIds: z.array(externalId).min(1).max(200).optional(),
    filter: z
      .strictObject({
        region: z.string().min(1).max(64).optional(),
        namePrefix: z.string().min(1).max(63).optional(),
      })
      .optional()
      .openapi({ description: 'Whatever of the unmanaged clusters fits; `{}` is all of them.' }),
  })
  .refine((given) => (given.externalIds === undefined) !== (given.filter === undefined), {
    path: ['externalIds'],
    error: 'exactly one of externalIds and filter is required',
  })
  .openapi('ImportClustersRequest')

const result = z.object({
  externalId: z.string(),
  outcome: z.enum(['IMPORTED', 'VALID', 'REFUSED']),
  clusterId: z.string().nullable(),
  error: z.object({ code: z.string(), detail: z.string(), policy: policyDecision.optional() }).nullable(),
})

export const importClusters = operation({
  operationId: 'importClusters',
  method: 'post',
  path: '/clusters/import',
  tags: ['Clusters'],
  summary: 'Import clusters',
  description:
    'Takes clusters into management that exist at the provider and were not asked for here, as the last sync of the connection found them. A key of one team can take clusters of that team; those of nobody are for a key of every team. Each has its own outcome; when none can be imported the request is refused as a whole.',
  permission: 'cluster.write',
  audit: 'cluster.import',
  idempotent: true,
  query: z.strictObject({ validateOnly: flag('Check everything and change nothing.') }),
  headers: ['reason'],
  body: {
    schema: body,
    contentTypes: ['application/json'],
    examples: {
      byId: {
        summary: 'One cluster, by its id at the provider',
        value: { connection: 'zilliz-prod', team: 'search', externalIds: ['in05-0123456789abcde'] },
      },
    },
  },
  responses: {
    200: {
      description: 'What became of each.',
      schema: z.object({ results: z.array(result) }).openapi('ImportClustersResponse'),
      example: {
        results: [
          { externalId: 'in05-0123456789abcde', outcome: 'IMPORTED', clusterId: exampleIds.clu, error: null },
        ],
      },
    },
  },
  problems: ['policy-denied', 'wrong-state', 'name-taken', 'not-found'],
  handler: async (call) => {
    const { externalIds, filter = {}, labels: given = {} } = call.body
    const owner = teamOf(call, call.body.team)
    const connection = await importConnection(call, call.body.connection, owner)
    const results = await importAll(call.deps.store, call.mutation, {
      connection,
      team: owner,
      labels: given,
      select: externalIds ? { externalIds: [...new Set(externalIds)] } : { filter },
      validateOnly: call.query.validateOnly ?? false,
      visibleTeams: visibleTeams(call),
      reseal: (envelope, from, to) => reseal(call.deps.vault, envelope, from, to),
    })
    return json(200, { results })
  },
})
