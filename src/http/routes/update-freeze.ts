import { z } from '@hono/zod-openapi'
import { putFreeze } from '../../store/freeze.ts'
import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { exampleFreeze, freezeSchema } from '../schemas/freeze.ts'

export const updateFreeze = operation({
  operationId: 'updateFreeze',
  method: 'put',
  path: '/admin/freeze',
  tags: ['Operations'],
  summary: 'Freeze or thaw the gateway',
  description:
    'While frozen, every change is refused with `frozen` and nothing new is asked of any provider; what is under way is still watched, and reading goes on. Keys can still be revoked.',
  permission: 'gateway.write',
  audit: 'gateway.freeze',
  everyTeam: true,
  whileFrozen: true,
  body: {
    schema: z
      .strictObject({ frozen: z.boolean(), reason: z.string().trim().min(1).max(512) })
      .openapi('FreezeRequest'),
    contentTypes: ['application/json'],
    examples: {
      freeze: {
        summary: 'Freeze',
        value: { frozen: true, reason: 'INC-1042: a leaked key is being rotated' },
      },
    },
  },
  responses: {
    200: { description: 'The switch as it is now.', schema: freezeSchema, example: exampleFreeze },
  },
  handler: async (call) => {
    const { frozen, reason } = call.body
    return json(200, await putFreeze(call.deps.store, call.mutation, frozen, reason))
  },
})
