import { z } from '@hono/zod-openapi'

/** One change of a document, before and after. */
export const changeSchema = z
  .object({
    path: z.string().openapi({ description: 'RFC 6901 pointer of what changed.', example: '/spec/cuSize' }),
    before: z.unknown(),
    after: z.unknown(),
  })
  .openapi('Change')
