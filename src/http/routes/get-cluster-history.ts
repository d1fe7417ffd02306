import { z } from '@hono/zod-openapi'
import { toRfc3339 } from '../../cluster/clock.ts'
import { operationKinds } from '../../cluster/cluster.ts'
import { isJsonObject, type Json } from '../../cluster/json.ts'
import type { Intent } from '../../store/claims.ts'
import { readClusterHistory } from '../../store/read-cluster-history.ts'
import { recordReadingIfPossible } from '../audit-reading.ts'
import { operation } from '../operation.ts'
import { linkHeader, pageFields, pageOf, pageParameters, pageReply } from '../page.ts'
import { auditEntrySchema, exampleEntry } from '../schemas/audit-entry.ts'
import { exampleIds, idParameter, nullableTime, time } from '../schemas/ids.ts'
import { visibleCluster, visibleTeams } from '../visible.ts'

const callSchema = z
  .object({
    operation: z.enum(operationKinds),
    attempt: z.int(),
    upstreamName: z.string(),
    startTime: time,
    endTime: nullableTime,
    outcome: z.enum(['PENDING', 'SUCCEEDED', 'FAILED', 'UNKNOWN', 'NOT_SENT']),
    requestId: z.string().nullable().openapi({ description: "The provider's id of the call." }),
    httpStatus: z.int().nullable().openapi({ description: 'Of a refusal.' }),
    code: z.string().nullable(),
    message: z.string().nullable(),
  })
  .openapi('ProviderCall', {
    description: 'A call that was to change something at the provider, as it is known now.',
  })

const links = (id: string) => ({ auditEntry: `/audit-entries/${id}`, proof: `/audit-entries/${id}/proof` })

const exampleCall = {
  operation: 'create',
  attempt: 1,
  upstreamName: 'search-index',
  startTime: '2026-03-01T09:30:00.100Z',
  endTime: '2026-03-01T09:30:01.000Z',
  outcome: 'SUCCEEDED',
  requestId: 'req-7b6ce2b0',
  httpStatus: null,
  code: null,
  message: null,
}

const itemSchema = auditEntrySchema
  .extend({
    providerCall: callSchema
      .optional()
      .openapi({ description: 'The call that the entry announces, or tells the end of.' }),
    auditEntry: z.string().openapi({ example: `/audit-entries/${exampleIds.aud}` }),
    proof: z.string().openapi({
      description: 'Proves that the entry is in the log.',
      example: `/audit-entries/${exampleIds.aud}/proof`,
    }),
  })
  .openapi('ClusterEvent', {
    description: 'An audit entry of a cluster, with what else is known of it.',
    example: { ...exampleEntry, providerCall: exampleCall, ...links(exampleEntry.id) },
  })

export const getClusterHistory = operation({
  operationId: 'getClusterHistory',
  method: 'get',
  path: '/clusters/{id}/history',
  tags: ['Audit'],
  summary: "Get a cluster's history",
  description:
    'Everything that ever happened to a cluster, newest first: who asked, when, from where and why, what the provider was asked and answered under which request id, and all since. Each event is an audit entry, and links to it and to its proof. What was the affair of a team that the caller does not audit is left out. To read a page of it is an entry itself, though none of the cluster.',
  permission: 'audit.read',
  audit: 'audit.read',
  params: idParameter('clu', 'cluster'),
  query: z.strictObject(pageParameters),
  headers: ['reason'],
  responses: {
    200: {
      description: 'A page of events.',
      schema: z.object({ events: z.array(itemSchema), ...pageFields }).openapi('ClusterHistory'),
      example: { events: [{ ...exampleEntry, providerCall: exampleCall, ...links(exampleIds.aud) }] },
      headers: linkHeader,
    },
  },
  problems: ['invalid-page-token'],
  handler: async (call) => {
    const { id } = await visibleCluster(call)
    const reader = call.caller.actor.id
    const query = { clusterId: id, visibleTeams: visibleTeams(call), reader, ...pageOf(call.query) }
    const { items, nextPageToken } = await readClusterHistory(call.deps.store, query)
    await recordReadingIfPossible(call)
    return pageReply(call, 'events', { documents: items.map(render), nextPageToken })
  },
})

function render({ document, call }: { document: string; call: Intent | null }): string {
  const entry: Json = JSON.parse(document)
  if (!isJsonObject(entry)) throw new Error('an audit entry is an object')
  const event = { ...entry, ...(call && { providerCall: callOf(call) }), ...links(String(entry.id)) }
  return JSON.stringify(event)
}

function callOf(call: Intent): z.output<typeof callSchema> {
  const provider = call.error?.provider
  return {
    operation: call.kind,
    attempt: call.attempt,
    upstreamName: call.upstreamName,
    startTime: toRfc3339(call.startTime),
    endTime: toRfc3339(call.endTime),
    outcome: call.outcome,
    requestId: call.providerRequestId ?? provider?.requestId ?? null,
    httpStatus: provider?.httpStatus ?? null,
    code: provider?.code ?? null,
    message: provider?.message ?? call.error?.message ?? null,
  }
}
