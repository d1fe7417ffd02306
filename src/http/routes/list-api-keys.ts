import { z } from '@hono/zod-openapi'
import { listApiKeys as list, renderApiKey } from '../../store/api-keys.ts'
import { operation } from '../operation.ts'
import { linkHeader, pageFields, pageOf, pageParameters, pageReply } from '../page.ts'
import { apiKeySchema, exampleApiKey } from '../schemas/api-key.ts'
import { visibleTeams } from '../visible.ts'

const { nextPageToken } = pageFields

export const listApiKeys = operation({
  operationId: 'listApiKeys',
  method: 'get',
  path: '/api-keys',
  tags: ['Access'],
  summary: 'List API keys',
  description: "The keys of the caller's team, or all of them, oldest first; revoked and expired ones too.",
  permission: 'key.read',
  audit: 'key.read',
  query: z.strictObject(pageParameters),
  responses: {
    200: {
      description: 'A page of keys.',
      schema: z.object({ apiKeys: z.array(apiKeySchema), nextPageToken }).openapi('ApiKeyList'),
      example: { apiKeys: [exampleApiKey] },
      headers: linkHeader,
    },
  },
  problems: ['invalid-page-token'],
  handler: async (call) => {
    const wanted = { visibleTeams: visibleTeams(call), ...pageOf(call.query) }
    const page = await list(call.deps.store, wanted)
    const documents = page.keys.map((key) => JSON.stringify(renderApiKey(key)))
    return pageReply(call, 'apiKeys', { documents, nextPageToken: page.nextPageToken })
  },
})
