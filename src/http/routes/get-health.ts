import { z } from '@hono/zod-openapi'
import { publicOperation } from '../operation.ts'
import { json } from '../reply.ts'

export const getHealth = publicOperation({
  operationId: 'getHealth',
  method: 'get',
  path: '/healthz',
  tags: ['Operations'],
  summary: 'Tell whether the process lives',
  description: 'Answers without looking at anything.',
  permission: 'public',
  audit: { notAudited: 'tells nothing about anybody' },
  quiet: true,
  responses: {
    200: {
      description: 'It lives.',
      schema: z.object({ status: z.literal('ok') }).openapi('Health'),
      example: { status: 'ok' },
    },
  },
  handler: () => json(200, { status: 'ok' }),
})
