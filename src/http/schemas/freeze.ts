import { z } from '@hono/zod-openapi'
import { nullableTime } from './ids.ts'

export const exampleFreeze = {
  frozen: true,
  reason: 'INC-1042: a leaked key is being rotated',
  by: 'platform-admin',
  time: '2026-03-01T09:30:00.000Z',
}

export const freezeSchema = z
  .object({
    frozen: z.boolean(),
    reason: z.string().nullable(),
    by: z.string().nullable().openapi({ description: 'Who turned the switch last.' }),
    time: nullableTime,
  })
  .openapi('Freeze', { example: exampleFreeze })
