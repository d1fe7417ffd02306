import { Problem } from '../../cluster/problem.ts'
import { findCheckpoint } from '../../store/audit-checkpoints.ts'
import { operation } from '../operation.ts'
import { exampleNote } from '../schemas/audit-proof.ts'

const type = 'text/plain; charset=utf-8'

export const getLatestAuditCheckpoint = operation({
  operationId: 'getLatestAuditCheckpoint',
  method: 'get',
  path: '/audit-checkpoints/latest',
  tags: ['Audit'],
  summary: 'Get the latest checkpoint of the audit log',
  description:
    'A C2SP tlog-checkpoint: the name of the log, how many entries it has and their Merkle root, in a note signed with Ed25519. Kept elsewhere, it holds the log to all that it covers. It tells nothing of any team.',
  permission: 'audit.read',
  audit: 'audit.read',
  responses: {
    200: {
      description: 'The signed note.',
      otherTypes: { 'text/plain': { description: 'A signed note.', example: exampleNote } },
    },
  },
  problems: ['not-yet-sequenced'],
  handler: async ({ deps }) => {
    const checkpoint = await findCheckpoint(deps.store.reader)
    if (checkpoint) return { status: 200, headers: { 'content-type': type }, body: checkpoint.note }
    throw new Problem('not-yet-sequenced', 'No entry has a place in the log yet.', { retryAfterS: 1 })
  },
})
