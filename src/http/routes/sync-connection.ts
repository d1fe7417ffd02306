import { requestVisit } from '../../store/connections.ts'
import { connectionReply, waitForVisit } from '../connection-reply.ts'
import { operation } from '../operation.ts'
import { connectionSchema } from '../schemas/connection.ts'
import { idParameter } from '../schemas/ids.ts'
import { visibleConnection } from '../visible.ts'

export const syncConnection = operation({
  operationId: 'syncConnection',
  method: 'post',
  path: '/connections/{id}/sync',
  tags: ['Connections'],
  summary: 'Compare the inventory with the provider',
  description:
    'Has everything that the account holds listed soon and compared with the inventory. With `Prefer: wait=N` the answer comes when it is done: 200, and `lastSync` says how it went.',
  permission: 'connection.write',
  audit: 'connection.sync',
  idempotent: true,
  params: idParameter('con', 'connection'),
  headers: ['prefer', 'reason'],
  responses: {
    200: { description: 'The sync has ended.', schema: connectionSchema },
    202: { description: 'Accepted.', schema: connectionSchema },
  },
  handler: async (call) => {
    const row = await visibleConnection(call)
    return connectionReply(202, await requestVisit(call.deps.store, call.mutation, row.id, 'connection.sync'))
  },
  finish: (call, reply) => waitForVisit(call, reply, (row) => row.syncRequestedTime === null),
})
