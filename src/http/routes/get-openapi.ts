import { z } from '@hono/zod-openapi'
import { publicOperation } from '../operation.ts'
import { jsonText } from '../reply.ts'

/** `render` gives the document as JSON text. */
export const getOpenapi = (render: () => string) =>
  publicOperation({
    operationId: 'getOpenapi',
    method: 'get',
    path: '/openapi.json',
    tags: ['Operations'],
    summary: 'Get the OpenAPI document',
    description: 'All that can be asked of this gateway, for programs.',
    permission: 'public',
    audit: { notAudited: 'is the same for everybody' },
    responses: {
      200: {
        description: 'OpenAPI 3.1.',
        schema: z.looseObject({ openapi: z.string() }).openapi('OpenApiDocument'),
        example: { openapi: '3.1.0' },
      },
    },
    handler: () => jsonText(200, render(), { 'cache-control': 'public, max-age=300' }),
  })
