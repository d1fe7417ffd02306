import { renderApiKey } from '../../store/api-keys.ts'
import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { apiKeySchema, exampleApiKey } from '../schemas/api-key.ts'
import { idParameter } from '../schemas/ids.ts'
import { visibleApiKey } from '../visible.ts'

export const getApiKey = operation({
  operationId: 'getApiKey',
  method: 'get',
  path: '/api-keys/{id}',
  tags: ['Access'],
  summary: 'Get an API key',
  description: 'Whose it is and what it may do; never its text.',
  permission: 'key.read',
  audit: 'key.read',
  params: idParameter('key', 'API key'),
  responses: { 200: { description: 'The key.', schema: apiKeySchema, example: exampleApiKey } },
  handler: async (call) => json(200, renderApiKey(await visibleApiKey(call))),
})
