import { z } from '@hono/zod-openapi'
import { listVerifierKeys } from '../../store/audit-keys.ts'
import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { exampleVerifierKey } from '../schemas/audit-proof.ts'

export const listAuditCheckpointKeys = operation({
  operationId: 'listAuditCheckpointKeys',
  method: 'get',
  path: '/audit-checkpoints/keys',
  tags: ['Audit'],
  summary: 'List the keys by which checkpoints are checked',
  description:
    'The verifier keys of the audit log in C2SP form, `name+hash+key`: that which signs now first, then the former ones, whose checkpoints still hold. Note them down while you trust the server.',
  permission: 'audit.read',
  audit: 'audit.read',
  responses: {
    200: {
      description: 'The keys.',
      schema: z
        .object({ keys: z.array(z.string().openapi({ example: exampleVerifierKey })) })
        .openapi('VerifierKeyList'),
      example: { keys: [exampleVerifierKey] },
    },
  },
  handler: async ({ deps }) => json(200, { keys: await listVerifierKeys(deps.store.reader) }),
})
