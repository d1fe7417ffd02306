import { z } from '@hono/zod-openapi'
import { listConnections as list } from '../../store/read-connections.ts'
import { shownConnection } from '../connection-reply.ts'
import { operation } from '../operation.ts'
import { countParameter, linkHeader, pageFields, pageOf, pageParameters, pageReply } from '../page.ts'
import { connectionSchema, exampleConnection } from '../schemas/connection.ts'
import { visibleTeams } from '../visible.ts'

export const listConnections = operation({
  operationId: 'listConnections',
  method: 'get',
  path: '/connections',
  tags: ['Connections'],
  summary: 'List connections',
  description: "The connections that serve the caller's team, or all of them, oldest first.",
  permission: 'connection.read',
  audit: 'connection.read',
  query: z.strictObject({
    provider: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .openapi({ description: 'Only those to this provider.', example: 'zilliz' }),
    name: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .openapi({ description: 'Only the one of this name.', example: 'zilliz-prod' }),
    ...pageParameters,
    ...countParameter,
  }),
  responses: {
    200: {
      description: 'A page of connections.',
      schema: z.object({ connections: z.array(connectionSchema), ...pageFields }).openapi('ConnectionList'),
      example: { connections: [exampleConnection] },
      headers: linkHeader,
    },
  },
  problems: ['invalid-page-token'],
  handler: async (call) => {
    const { provider, name, count } = call.query
    const wanted = { visibleTeams: visibleTeams(call), provider, name, ...pageOf(call.query) }
    const { connections, nextPageToken, totalSize } = await list(call.deps.store, wanted)
    const documents = connections.map((row) => JSON.stringify(shownConnection(call.deps, row)))
    return pageReply(call, 'connections', {
      documents,
      nextPageToken,
      totalSize: count ? totalSize : undefined,
    })
  },
})
