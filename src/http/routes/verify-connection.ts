import { requestVisit } from '../../store/connections.ts'
import { connectionReply, waitForVisit } from '../connection-reply.ts'
import { operation } from '../operation.ts'
import { connectionSchema } from '../schemas/connection.ts'
import { idParameter } from '../schemas/ids.ts'
import { visibleConnection } from '../visible.ts'

export const verifyConnection = operation({
  operationId: 'verifyConnection',
  method: 'post',
  path: '/connections/{id}/verify',
  tags: ['Connections'],
  summary: "Verify a connection's API key",
  description:
    'Has the provider asked soon whether the key opens the account, and what the account offers. With `Prefer: wait=N` the answer comes when it is known: 200, and `lastError` says what was wrong, if anything.',
  permission: 'connection.write',
  audit: 'connection.verify',
  idempotent: true,
  params: idParameter('con', 'connection'),
  headers: ['prefer', 'reason'],
  responses: {
    200: { description: 'The verification has ended.', schema: connectionSchema },
    202: { description: 'Accepted: `verifying` is true until it has ended.', schema: connectionSchema },
  },
  handler: async (call) => {
    const row = await visibleConnection(call)
    return connectionReply(
      202,
      await requestVisit(call.deps.store, call.mutation, row.id, 'connection.verify'),
    )
  },
  finish: (call, reply) => waitForVisit(call, reply, (row) => row.verifyRequestedTime === null),
})
