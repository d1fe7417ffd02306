import { deleteConnection as remove } from '../../store/connections.ts'
import { operation } from '../operation.ts'
import { noContent } from '../reply.ts'
import { idParameter } from '../schemas/ids.ts'
import { requireOwnTeams, visibleConnection } from '../visible.ts'

export const deleteConnection = operation({
  operationId: 'deleteConnection',
  method: 'delete',
  path: '/connections/{id}',
  tags: ['Connections'],
  summary: 'Delete a connection',
  description: 'Forgets the account and its API key. Refused while living clusters use it.',
  permission: 'connection.write',
  audit: 'connection.delete',
  params: idParameter('con', 'connection'),
  headers: ['ifMatch', 'reason'],
  responses: { 204: { description: 'Deleted.' } },
  problems: ['connection-in-use'],
  handler: async (call) => {
    const row = await visibleConnection(call)
    requireOwnTeams(call, row.teams)
    await remove(call.deps.store, call.mutation, row.id)
    return noContent()
  },
})
