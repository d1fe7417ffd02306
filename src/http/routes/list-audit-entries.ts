import { z } from '@hono/zod-openapi'
import { auditActions, auditOutcomes } from '../../cluster/audit.ts'
import { auditFields } from '../../cluster/filter/audit-fields.ts'
import { readFilter } from '../../cluster/filter/read-filter.ts'
import {
  type AuditSelection,
  countAuditEntries,
  exportAuditEntries,
  listAuditEntries as list,
} from '../../store/read-audit-entries.ts'
import { negotiate } from '../accept.ts'
import { auditCsv } from '../audit-formats.ts'
import { recordReading, recordReadingIfPossible } from '../audit-reading.ts'
import type { Call } from '../call.ts'
import { filterParameter } from '../cluster-query.ts'
import { unlessKnown } from '../etag.ts'
import { exportReply } from '../export.ts'
import { fieldsParameter, maskDocuments, maskPages, readFieldMask } from '../field-mask.ts'
import type { FieldMask } from '../json-members.ts'
import { operation } from '../operation.ts'
import {
  asksForPage,
  countParameter,
  limitedCountFields,
  linkHeader,
  pageFields,
  pageOf,
  pageOfText,
  pageParameters,
  pageReply,
  totalOf,
} from '../page.ts'
import { jsonType, type Reply } from '../reply.ts'
import { auditEntrySchema, exampleEntry } from '../schemas/audit-entry.ts'
import { exampleIds } from '../schemas/ids.ts'
import { csvType, type LineFormat, linesOf, ndjson, ndjsonType } from '../text-formats.ts'
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
  target: text('Only what this thing is a target of, by id.', exampleIds.clu),
  requestId: text('Only what this request brought about.', 'req_01jz8x0v5wf4gr0q2m6h1v9k3h'),
  q: text(
    'Only entries with all these words in the name or id of the actor or of a target, the action, the reason, the request id, or what the provider called its answer. Whole words; `inc-10*` is any word that begins so.',
    'INC-1042',
  ),
  from: time('Only from this time on.'),
  to: time('Only before this time.'),
  ...filterParameter('action = "cluster.*" AND outcome != "SUCCESS"'),
  orderBy: z
    .enum(['time', 'time asc', 'time desc'])
    .optional()
    .openapi({ description: 'Default: newest first.', example: 'time desc' }),
  ...pageParameters,
  ...countParameter,
  ...fieldsParameter,
})

export const listAuditEntries = operation({
  operationId: 'listAuditEntries',
  method: 'get',
  path: '/audit-entries',
  tags: ['Audit'],
  summary: 'List audit entries',
  description:
    'Who did what, newest first: every change, every refusal of one, every denied read, and every reading of this log. A page may be short, even empty, while there is a next one. `Accept` chooses JSON, NDJSON or CSV. The latter two are all that was asked for, as it was at one instant and without a cap, unless `pageSize` or `pageToken` asks for a page. A page is an entry itself; an export is two, before the first byte and at its end, with the number of rows.',
  permission: 'audit.read',
  audit: 'audit.read',
  query,
  headers: ['reason', 'ifNoneMatch'],
  responses: {
    200: {
      description: 'A page of entries, or all of them.',
      schema: z
        .object({ auditEntries: z.array(auditEntrySchema), ...pageFields, ...limitedCountFields })
        .openapi('AuditEntryList'),
      example: { auditEntries: [exampleEntry] },
      otherTypes: {
        [ndjsonType]: { description: 'An entry a line.', example: `${JSON.stringify(exampleEntry)}\n` },
        [csvType]: {
          description: 'A line of names, then an entry a line (RFC 4180).',
          example: auditCsv.head + auditCsv.lines([JSON.stringify(exampleEntry)]),
        },
      },
      headers: { ...linkHeader, ETag: 'Changes with the answer; absent where it is not JSON.' },
    },
    304: {
      description: 'It is still the answer that `If-None-Match` names. It is a reading like any other.',
    },
  },
  problems: ['invalid-page-token', 'not-acceptable', 'too-many-exports'],
  handler: async (call) => {
    const { store } = call.deps
    const type = negotiate(call.header('accept'), [jsonType, ndjsonType, csvType])
    const format = textFormats[type]
    const mask = readFieldMask(call.query.fields, auditEntrySchema)
    const selection = selectionOf(call, call.query)
    if (format && !asksForPage(call.query)) return exportAll(call, { type, format, selection, mask })
    const page = await list(store, { ...selection, reader: call.caller.actor.id, ...pageOf(call.query) })
    const total = totalOf(call.query.count ? await countAuditEntries(store, selection) : undefined)
    await recordReadingIfPossible(call)
    const documents = maskDocuments(page.documents, mask)
    if (format) return pageOfText(call, { ...page, documents }, format)
    const reply = pageReply(call, 'auditEntries', { ...page, ...total, documents })
    return unlessKnown(call, mask === null ? reply : { ...reply, partial: true })
  },
})

const textFormats: Partial<Record<string, LineFormat>> = { [ndjsonType]: ndjson, [csvType]: auditCsv }

interface Exported {
  type: string
  format: LineFormat
  selection: AuditSelection
  mask: FieldMask
}

/** That all of it is about to leave is on disk before the first byte does; how much left, after the last. */
function exportAll(call: Call, { type, format, selection, mask }: Exported): Promise<Reply> {
  const form = { path: '/format', before: null, after: type }
  return exportReply(call, {
    format,
    pages: (snapshot) => linesOf(format, maskPages(exportAuditEntries(snapshot, selection), mask)),
    begun: () => recordReading(call, 'UNKNOWN', [form]),
    ended: (rows, complete) => {
      const count = { path: '/rows', before: null, after: rows }
      return recordReading(call, complete ? 'SUCCESS' : 'FAILURE', [form, count])
    },
  })
}

function selectionOf(call: Call, given: z.output<typeof query>): AuditSelection {
  const { action, outcome, actor, team, target, requestId, q, from, to, filter, orderBy } = given
  return {
    visibleTeams: visibleTeams(call),
    ...(action !== undefined && { action }),
    ...(outcome !== undefined && { outcome }),
    ...(actor !== undefined && { actor }),
    ...(team !== undefined && { team }),
    ...(target !== undefined && { target }),
    ...(requestId !== undefined && { requestId }),
    ...(q !== undefined && { q }),
    ...(from !== undefined && { from: Date.parse(from) }),
    ...(to !== undefined && { to: Date.parse(to) }),
    ...(filter !== undefined && {
      filter: { text: filter, condition: readFilter(filter, auditFields, call.deps.clock.now()) },
    }),
    ...((orderBy === 'time' || orderBy === 'time asc') && { oldestFirst: true }),
  }
}
