import { everyTeam } from '../../cluster/actor.ts'
import { may } from '../../cluster/caller.ts'
import { Problem } from '../../cluster/problem.ts'
import { findAuditEntry } from '../../store/read-audit-entries.ts'
import { operation } from '../operation.ts'
import { jsonText } from '../reply.ts'
import { auditEntrySchema, exampleEntry } from '../schemas/audit-entry.ts'
import { idParameter } from '../schemas/ids.ts'

export const getAuditEntry = operation({
  operationId: 'getAuditEntry',
  method: 'get',
  path: '/audit-entries/{id}',
  tags: ['Audit'],
  summary: 'Get an audit entry',
  description: 'One entry. It never changes.',
  permission: 'audit.read',
  audit: 'audit.read',
  params: idParameter('aud', 'entry'),
  responses: { 200: { description: 'The entry.', schema: auditEntrySchema, example: exampleEntry } },
  handler: async (call) => {
    const { deps, params } = call
    const entry = await findAuditEntry(deps.store, params.id ?? '')
    // Entries are no targets of the audit log, so that reading of another team's is a plain 404.
    if (!entry || !may(call.caller, call.permission, entry.team ?? everyTeam)) {
      throw new Problem('not-found', 'There is no such audit entry.')
    }
    return jsonText(200, entry.document)
  },
})
