import { z } from '@hono/zod-openapi'
import { renderApiKey } from '../../store/api-keys.ts'
import { rotateApiKey as rotate } from '../../store/rotate-api-key.ts'
import { hashApiKey, makeApiKeyText } from '../api-key-text.ts'
import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { exampleApiKey, newApiKeySchema } from '../schemas/api-key.ts'
import { idParameter } from '../schemas/ids.ts'
import { requireHeld, visibleApiKey } from '../visible.ts'

const defaultOverlapS = 4 * 3600
const mostOverlapS = 7 * 24 * 3600

const body = z
  .strictObject({
    overlapSeconds: z.int().min(0).max(mostOverlapS).optional().openapi({
      description: 'How long the text before goes on working; 0 ends it at once.',
      default: defaultOverlapS,
      example: 3600,
    }),
  })
  .openapi('RotateApiKeyRequest')

export const rotateApiKey = operation({
  operationId: 'rotateApiKey',
  method: 'post',
  path: '/api-keys/{id}/rotate',
  tags: ['Access'],
  summary: 'Give an API key a new text',
  description:
    'Answers the new text once, as `key`. The one before goes on working for `overlapSeconds`, so that whoever uses it has time to change. Id, scopes and expiry stay. A replay by `Idempotency-Key` tells everything but the text.',
  permission: 'key.write',
  audit: 'key.rotate',
  idempotent: true,
  params: idParameter('key', 'API key'),
  headers: ['reason'],
  body: {
    schema: body,
    contentTypes: ['application/json'],
    examples: { hour: { summary: 'With an hour to change it everywhere', value: { overlapSeconds: 3600 } } },
    optional: true,
  },
  responses: {
    200: {
      description: 'The key, with its new text.',
      schema: newApiKeySchema,
      example: { ...exampleApiKey, key: 'cgk_…' },
    },
  },
  problems: ['key-ended'],
  handler: async (call) => {
    const { deps, body } = call
    const { id, scopes } = await visibleApiKey(call)
    requireHeld(call, scopes)
    const text = makeApiKeyText(id)
    deps.hide(text)
    const overlapMs = (body.overlapSeconds ?? defaultOverlapS) * 1000
    const key = await rotate(deps.store, call.mutation, id, { hash: hashApiKey(text), overlapMs })
    return json(200, { ...renderApiKey(key), key: text })
  },
})
