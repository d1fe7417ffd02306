import { z } from '@hono/zod-openapi'
import { invalid } from '../../cluster/problem.ts'
import { consistencyHashes, logSize } from '../../store/audit-tree.ts'
import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { consistencyProofSchema, exampleProof } from '../schemas/audit-proof.ts'

const size = (description: string, example: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a number of entries')
    .transform(Number)
    .optional()
    .openapi({ type: 'integer', minimum: 0, description, example } as object)

export const getAuditConsistency = operation({
  operationId: 'getAuditConsistency',
  method: 'get',
  path: '/audit-checkpoints/consistency',
  tags: ['Audit'],
  summary: 'Prove that the audit log was only appended to',
  description:
    'The hashes that prove, for two checkpoints, that the later log begins with all that is in the earlier one (RFC 6962, 2.1.2).',
  permission: 'audit.read',
  audit: 'audit.read',
  query: z.strictObject({
    from: size('Entries that the earlier checkpoint covers; 0 where left out.', 1),
    to: size('Entries that the later checkpoint covers; the whole log where left out.', 2),
  }),
  responses: {
    200: {
      description: 'The proof of consistency; empty where there is nothing to prove.',
      schema: consistencyProofSchema,
      example: { hashes: exampleProof.hashes },
    },
  },
  handler: async ({ deps, query }) => {
    const all = await logSize(deps.store.reader)
    const { from = 0, to = all } = query
    if (to > all)
      throw invalid([{ pointer: 'query/to', detail: `must be at most ${all}, the size of the log` }])
    if (from > to) throw invalid([{ pointer: 'query/from', detail: `must be at most ${to}` }])
    return json(200, { hashes: await consistencyHashes(deps.store, from, to) })
  },
})
