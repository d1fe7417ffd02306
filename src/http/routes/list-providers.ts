import { z } from '@hono/zod-openapi'
import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { exampleProvider, providerSummary, renderSummary } from '../schemas/provider.ts'

export const listProviders = operation({
  operationId: 'listProviders',
  method: 'get',
  path: '/providers',
  tags: ['Providers'],
  summary: 'List providers',
  description: 'The kinds of upstream that this gateway speaks to, and what each can do.',
  permission: 'provider.read',
  audit: 'provider.read',
  responses: {
    200: {
      description: 'All of them.',
      schema: z.object({ providers: z.array(providerSummary) }).openapi('ProviderList'),
      example: { providers: [exampleProvider] },
    },
  },
  handler: ({ deps }) => json(200, { providers: Object.values(deps.adapters).map(renderSummary) }),
})
