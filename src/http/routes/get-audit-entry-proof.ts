import { Problem } from '../../cluster/problem.ts'
import { findProof } from '../../store/audit-tree.ts'
import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { auditProofSchema, exampleProof } from '../schemas/audit-proof.ts'
import { idParameter } from '../schemas/ids.ts'
import { visibleEntry } from '../visible-entry.ts'
import { watch } from '../wait.ts'

/** An entry has its place within a second of its commit. */
const sequencedWithinMs = 1000

export const getAuditEntryProof = operation({
  operationId: 'getAuditEntryProof',
  method: 'get',
  path: '/audit-entries/{id}/proof',
  tags: ['Audit'],
  summary: 'Prove that an audit entry is in the log',
  description:
    'The hashes that lead from the entry to the root which the latest checkpoint signs. A new entry is given its place within a second; the answer waits for that.',
  permission: 'audit.read',
  audit: 'audit.read',
  params: idParameter('aud', 'entry'),
  responses: {
    200: { description: 'The proof of inclusion.', schema: auditProofSchema, example: exampleProof },
  },
  problems: ['not-yet-sequenced'],
  handler: async (call) => {
    await visibleEntry(call)
    const { store } = call.deps
    const proof = await watch(store, {
      event: 'sequenced',
      id: 'log',
      look: () => findProof(store, call.params.id ?? ''),
      timeoutMs: sequencedWithinMs,
      signal: call.patience(),
    })
    if (proof) return json(200, proof)
    const detail = 'The entry is written down, and has no place in the log yet.'
    throw new Problem('not-yet-sequenced', detail, { retryAfterS: 1 })
  },
})
