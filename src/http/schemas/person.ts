import { z } from '@hono/zod-openapi'

export const personSchema = z
  .object({ type: z.literal('user'), id: z.string(), displayName: z.string() })
  .openapi('Person', {
    description: 'The person that the actor acts for, on the word of the actor alone.',
    example: { type: 'user', id: 'jane@example.com', displayName: 'jane@example.com' },
  })
