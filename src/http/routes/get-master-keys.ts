import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { exampleMasterKeys, masterKeysSchema, renderMasterKeys } from '../schemas/master-key.ts'

export const getMasterKeys = operation({
  operationId: 'getMasterKeys',
  method: 'get',
  path: '/admin/keys',
  tags: ['Operations'],
  summary: 'Tell about the master keys',
  description:
    'The master keys by id: which seals, what still needs each, how far the rewrap is, and which may be retired. No key is shown. In a recovery, what is lost and the ways out.',
  permission: 'master-key.read',
  audit: 'master-key.read',
  everyTeam: true,
  responses: {
    200: { description: 'The master keys.', schema: masterKeysSchema, example: exampleMasterKeys },
  },
  handler: async (call) => {
    return json(200, renderMasterKeys(await call.deps.masterKeys.report()))
  },
})
