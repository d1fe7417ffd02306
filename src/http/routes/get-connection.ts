import { etagOf } from '../../cluster/document.ts'
import { shownConnection } from '../connection-reply.ts'
import { matchesNone } from '../etag.ts'
import { operation } from '../operation.ts'
import { json, notModified, revalidate } from '../reply.ts'
import { connectionSchema, exampleConnection } from '../schemas/connection.ts'
import { idParameter } from '../schemas/ids.ts'
import { visibleConnection } from '../visible.ts'

export const getConnection = operation({
  operationId: 'getConnection',
  method: 'get',
  path: '/connections/{id}',
  tags: ['Connections'],
  summary: 'Get a connection',
  description: 'One connection, without its API key.',
  permission: 'connection.read',
  audit: 'connection.read',
  params: idParameter('con', 'connection'),
  headers: ['ifNoneMatch'],
  responses: {
    200: {
      description: 'The connection.',
      schema: connectionSchema,
      example: exampleConnection,
      headers: { ETag: 'Changes with the connection.' },
    },
    304: { description: 'It still has the ETag of `If-None-Match`.' },
  },
  handler: async (call) => {
    const row = await visibleConnection(call)
    const etag = etagOf(row.version)
    if (matchesNone(call.header('if-none-match'), etag)) return notModified(etag)
    return json(200, shownConnection(call.deps, row), { etag, 'cache-control': revalidate })
  },
})
