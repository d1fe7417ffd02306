import { revokeApiKey as revoke } from '../../store/api-keys.ts'
import { operation } from '../operation.ts'
import { noContent } from '../reply.ts'
import { idParameter } from '../schemas/ids.ts'
import { requireHeld, visibleApiKey } from '../visible.ts'

export const revokeApiKey = operation({
  operationId: 'revokeApiKey',
  method: 'delete',
  path: '/api-keys/{id}',
  tags: ['Access'],
  summary: 'Revoke an API key',
  description:
    'From now on the key opens nothing. It stays in the list, because the audit log speaks of it. Revoking it again changes nothing.',
  permission: 'key.write',
  audit: 'key.revoke',
  whileFrozen: true,
  params: idParameter('key', 'API key'),
  headers: ['reason'],
  responses: { 204: { description: 'Revoked.' } },
  problems: ['last-admin-key'],
  handler: async (call) => {
    const key = await visibleApiKey(call)
    requireHeld(call, key.scopes)
    await revoke(call.deps.store, call.mutation, key.id)
    return noContent()
  },
})
