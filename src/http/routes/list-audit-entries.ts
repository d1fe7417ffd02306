import { z } from '@hono/zod-openapi'
import { auditActions, auditOutcomes } from '../../cluster/audit.ts'
import {
  type AuditQuery,
  countAuditEntries,
  listAuditEntries as list,
} from '../../store/read-audit-entries.ts'
import type { Call } from '../call.ts'
import { operation } from '../operation.ts'
import { countParameter, linkHeader, pageFields, pageOf, pageParameters, pageReply } from '../page.ts'
import { auditEntrySchema, exampleEntry } from '../schemas/audit-entry.ts'
import { exampleIds } from '../schemas/ids.ts'
import { visibleTeams } from '../visible.ts'

const text = (description: string, example: string) =>
  z.string().min(1).max(200).optional().openapi({ description, example })
const time = (description: string) =>
  z.iso
    .datetime({ offset: true, error: 'must be an RFC 3339 time' })
    .optional()
    .openapi({ description, example: '2026-03-01T00:00:00Z' })

const query = z.strictObject({
  action: z.enum(auditActions).optional().openapi({ description: 'Only this act.' }),
  outcome: z.enum(auditOutcomes).optional().openapi({ description: 'Only what ended so.' }),
  actor: text('Only what this actor did, by id.', exampleIds.key),
  team: text('Only what was the affair of this team.', 'search'),
  target: text('Only what was done to this thing, by id.', exampleIds.clu),
  requestId: text('Only what this request brought about.', 'req_01jz8x0v5wf4gr0q2m6h1v9k3h'),
  from: time('Only from this time on.'),
  to: time('Only before this time.'),
  ...pageParameters,
  ...countParameter,
})

export const listAuditEntries = operation({
  operationId: 'listAuditEntries',
  method: 'get',
  path: '/audit-entries',
  tags: ['Audit'],
  summary: 'List audit entries',
  description: 'Who did what, newest first: every change, every refusal of one, and every denied read.',
  permission: 'audit.read',
  audit: 'audit.read',
  query,
  responses: {
    200: {
      description: 'A page of entries.',
      schema: z.object({ auditEntries: z.array(auditEntrySchema), ...pageFields }).openapi('AuditEntryList'),
      example: { auditEntries: [exampleEntry] },
      headers: linkHeader,
    },
  },
  problems: ['invalid-page-token'],
  handler: async (call) => {
    const { store } = call.deps
    const wanted = auditQuery(call, call.query)
    const page = await list(store, wanted)
    const totalSize = call.query.count ? await countAuditEntries(store, wanted) : undefined
    return pageReply(call, 'auditEntries', { ...page, totalSize })
  },
})

function auditQuery(call: Call, { from, to, ...given }: z.output<typeof query>): AuditQuery {
  const { action, outcome, actor, team, target, requestId } = given
  return {
    visibleTeams: visibleTeams(call),
    ...(action !== undefined && { action }),
    ...(outcome !== undefined && { outcome }),
    ...(actor !== undefined && { actor }),
    ...(team !== undefined && { team }),
    ...(target !== undefined && { target }),
    ...(requestId !== undefined && { requestId }),
    ...(from !== undefined && { from: Date.parse(from) }),
    ...(to !== undefined && { to: Date.parse(to) }),
    ...pageOf(given),
  }
}
