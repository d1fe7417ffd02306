import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { exampleMasterKeys, kidParameter, masterKeysSchema, renderMasterKeys } from '../schemas/master-key.ts'

export const retireMasterKey = operation({
  operationId: 'retireMasterKey',
  method: 'post',
  path: '/admin/keys/{kid}/retire',
  tags: ['Operations'],
  summary: 'Retire an earlier master key',
  description:
    'Writes down that nothing needs the key any more, which is made sure of. It may then leave the settings, and never becomes the current key again. Retiring it again changes nothing.',
  permission: 'master-key.rotate',
  audit: 'master-key.retire',
  everyTeam: true,
  whileFrozen: true,
  params: kidParameter,
  headers: ['reason'],
  responses: {
    200: { description: 'Retired.', schema: masterKeysSchema, example: exampleMasterKeys },
  },
  problems: ['key-in-use', 'not-found'],
  handler: async (call) => {
    const { masterKeys } = call.deps
    await masterKeys.retire(call.mutation, call.params.kid ?? '')
    return json(200, renderMasterKeys(await masterKeys.report()))
  },
})
