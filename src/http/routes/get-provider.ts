import { Problem } from '../../cluster/problem.ts'
import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { exampleProvider, providerSchema, renderProvider } from '../schemas/provider.ts'

export const getProvider = operation({
  operationId: 'getProvider',
  method: 'get',
  path: '/providers/{provider}',
  tags: ['Providers'],
  summary: 'Get a provider',
  description:
    'What it can do, its limits, and the JSON Schemas of `spec` and of the `settings` of a connection.',
  permission: 'provider.read',
  audit: 'provider.read',
  params: { provider: { description: 'The id of the provider.', example: 'zilliz' } },
  responses: {
    200: {
      description: 'The provider.',
      schema: providerSchema,
      example: {
        ...exampleProvider,
        mutableSpecFields: ['description'],
        specSchema: { type: 'object' },
        settingsSchema: { type: 'object' },
      },
    },
  },
  handler: ({ deps, params: { provider = '' } }) => {
    const adapter = Object.hasOwn(deps.adapters, provider) ? deps.adapters[provider] : undefined
    if (!adapter) throw new Problem('not-found', 'There is no such provider.')
    return json(200, renderProvider(adapter))
  },
})
