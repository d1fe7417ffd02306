import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { exampleMasterKeys, masterKeysSchema, renderMasterKeys } from '../schemas/master-key.ts'

export const rotateMasterKey = operation({
  operationId: 'rotateMasterKey',
  method: 'post',
  path: '/admin/keys/rotate',
  tags: ['Operations'],
  summary: 'Rotate the master key',
  description:
    'Reads the file or command of the master key again. The key that it gives now seals from now on; what is sealed is brought under it in the background, while the earlier keys still open. A repeat finds the key unchanged.',
  permission: 'master-key.rotate',
  audit: 'master-key.rotate',
  everyTeam: true,
  whileFrozen: true,
  headers: ['reason'],
  responses: {
    202: {
      description:
        'The new key seals. `rewrap` tells how far the rest is; `GET /admin/keys` goes on telling.',
      schema: masterKeysSchema,
      example: exampleMasterKeys,
    },
  },
  problems: ['key-not-rotatable', 'key-source-failed'],
  handler: async (call) => {
    const { masterKeys } = call.deps
    await masterKeys.rotate(call.mutation)
    return json(202, renderMasterKeys(await masterKeys.report()))
  },
})
