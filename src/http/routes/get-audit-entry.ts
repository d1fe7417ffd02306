import { Problem } from '../../cluster/problem.ts'
import { recordReadingIfPossible } from '../audit-reading.ts'
import { operation } from '../operation.ts'
import { jsonText } from '../reply.ts'
import { auditEntrySchema, exampleEntry } from '../schemas/audit-entry.ts'
import { idParameter } from '../schemas/ids.ts'
import { visibleEntry } from '../visible-entry.ts'

export const getAuditEntry = operation({
  operationId: 'getAuditEntry',
  method: 'get',
  path: '/audit-entries/{id}',
  tags: ['Audit'],
  summary: 'Get an audit entry',
  description:
    'One entry. It never changes. The body is canonical JSON (RFC 8785), and as it is the leaf of the log whose hash a receipt and a proof give. Reading it is an entry itself. An entry that retention has removed answers 410; its proof remains.',
  headers: ['reason'],
  permission: 'audit.read',
  audit: 'audit.read',
  params: idParameter('aud', 'entry'),
  responses: { 200: { description: 'The entry.', schema: auditEntrySchema, example: exampleEntry } },
  problems: ['pruned'],
  handler: async (call) => {
    const entry = await visibleEntry(call)
    await recordReadingIfPossible(call)
    if (entry) return jsonText(200, entry.document)
    throw new Problem('pruned', 'The entry was old enough to be removed. Its leaf hash is still in the log.')
  },
})
