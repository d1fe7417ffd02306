import { readFreeze } from '../../store/freeze.ts'
import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { exampleFreeze, freezeSchema } from '../schemas/freeze.ts'

export const getFreeze = operation({
  operationId: 'getFreeze',
  method: 'get',
  path: '/admin/freeze',
  tags: ['Operations'],
  summary: 'Tell whether the gateway is frozen',
  description: 'Whether the gateway takes changes, and who turned the switch last.',
  permission: 'self.read',
  audit: 'self.read',
  responses: { 200: { description: 'The switch.', schema: freezeSchema, example: exampleFreeze } },
  handler: async (call) => json(200, await readFreeze(call.deps.store.reader)),
})
