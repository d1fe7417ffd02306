import { z } from '@hono/zod-openapi'
import { actorTypes } from '../../cluster/actor.ts'
import { auditActions } from '../../cluster/audit.ts'
import { toRfc3339 } from '../../cluster/clock.ts'
import { invalid } from '../../cluster/problem.ts'
import {
  type ClusterDiff,
  countDiff,
  type DiffSelection,
  diffChanges,
  exportDiff,
  listDiff,
  readDiffToken,
} from '../../store/diff-clusters.ts'
import { earliestInstant } from '../../store/past-instants.ts'
import type { Snapshot } from '../../store/snapshots.ts'
import { negotiate } from '../accept.ts'
import { instantParameter, requireKept, requireKnown } from '../as-of.ts'
import type { Call } from '../call.ts'
import { labelParameters, narrowing, readConditions, withLabels } from '../cluster-query.ts'
import { diffCsv } from '../diff-formats.ts'
import { unlessKnown } from '../etag.ts'
import { exportReply } from '../export.ts'
import { fieldsParameter, maskDocuments, maskPages, readFieldMask } from '../field-mask.ts'
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
import { jsonType } from '../reply.ts'
import { changeSchema } from '../schemas/change.ts'
import { clusterSchema, exampleCluster } from '../schemas/cluster.ts'
import { exampleIds, time } from '../schemas/ids.ts'
import { personSchema } from '../schemas/person.ts'
import { csvType, type LineFormat, linesOf, ndjson, ndjsonType } from '../text-formats.ts'
import { visibleTeams } from '../visible.ts'

const { staleAfter: _, ...kept } = narrowing

const query = withLabels({
  from: instantParameter('The earlier instant. Left out: a day before the later one, as far as is known.'),
  to: instantParameter('The later instant. Left out: now.'),
  ...kept,
  ...pageParameters,
  ...countParameter,
  fields: fieldsParameter.fields.openapi({ example: 'change,cluster.name,acts' }),
})

const actSchema = z
  .object({
    time: time.openapi({ description: 'When it was so from.' }),
    action: z.enum(auditActions),
    actor: z.object({ type: z.enum(actorTypes), id: z.string(), displayName: z.string() }),
    onBehalfOf: personSchema.optional(),
    auditEntry: z
      .string()
      .nullable()
      .openapi({
        description: 'Where the entry is that tells it whole; null where retention has removed it.',
        example: `/audit-entries/${exampleIds.aud}`,
      }),
  })
  .openapi('ClusterAct', { description: 'Who did what to a cluster that made it another.' })

const exampleDiff = {
  change: 'CREATED',
  cluster: { ...exampleCluster, observedTime: null, observedVia: null },
  changes: [],
  acts: [
    {
      time: '2026-03-01T09:30:00.000Z',
      action: 'cluster.create',
      actor: { type: 'api_key', id: exampleIds.key, displayName: 'search-ci' },
      auditEntry: `/audit-entries/${exampleIds.aud}`,
    },
  ],
}

const diffSchema = z
  .object({
    change: z.enum(diffChanges).openapi({
      description:
        '`CREATED`: it was not there before, or not to be seen by the caller. `DELETED`: it is `DELETED` and was not before. `CHANGED`: all else.',
    }),
    cluster: clusterSchema.openapi({ description: 'As it was at the later instant.' }),
    changes: z.array(changeSchema).openapi({
      description:
        'In what it differs from what it was at the earlier instant; nothing where it was not there, or has become again what it was.',
    }),
    acts: z.array(actSchema).openapi({ description: 'What made it so, the latest first: 50 at the most.' }),
    moreActs: z.literal(true).optional().openapi({
      description: 'There were more acts before these: see the history of the cluster.',
    }),
  })
  .openapi('ClusterDiff', { example: exampleDiff })

export const diffClusters = operation({
  operationId: 'diffClusters',
  method: 'get',
  path: '/clusters/diff',
  tags: ['Clusters'],
  summary: 'Compare clusters at two instants',
  description:
    'What came, went and changed after the instant `from` and until `to`, and who did it, those clusters first that changed last. All that narrows it must hold at the later instant. A cluster that came to a team that the caller may see, and was of another before, is told as if it were new; one that went to another team is not told to its former one. Forms and pages are those of the list of clusters; a page token holds the instants that its query left out.',
  permission: 'cluster.read',
  audit: 'cluster.read',
  query,
  openParameters: labelParameters,
  headers: ['ifNoneMatch'],
  responses: {
    200: {
      description: 'A page of clusters that are another than they were.',
      schema: z
        .object({
          diffs: z.array(diffSchema),
          from: time,
          to: time,
          ...pageFields,
          ...limitedCountFields,
        })
        .openapi('ClusterDiffList'),
      example: { diffs: [exampleDiff], from: '2026-03-01T00:00:00.000Z', to: '2026-03-02T00:00:00.000Z' },
      otherTypes: {
        [ndjsonType]: { description: 'A cluster a line.', example: `${JSON.stringify(exampleDiff)}\n` },
        [csvType]: {
          description: 'A line of names, then a cluster a line (RFC 4180).',
          example: diffCsv.head + diffCsv.lines([JSON.stringify(exampleDiff)]),
        },
      },
      headers: { ...linkHeader, ETag: 'Changes with the answer; absent where it is not JSON.' },
    },
    304: { description: 'It is still the answer that `If-None-Match` names.' },
  },
  problems: ['invalid-page-token', 'before-history', 'not-acceptable', 'too-many-exports'],
  handler: async (call) => {
    const type = negotiate(call.header('accept'), [jsonType, ndjsonType, csvType])
    const format = textFormats[type]
    const mask = readFieldMask(call.query.fields, diffSchema)
    const { bound, selection, after } = await readDiffQuery(call, call.query)
    if (format && !asksForPage(call.query)) {
      const pages = (snapshot: Snapshot) =>
        linesOf(format, maskPages(documentsOf(exportDiff(snapshot, selection)), mask))
      return exportReply(call, { format, pages })
    }
    const { pageSize: size } = pageOf(call.query)
    const { diffs, nextPageToken } = await listDiff(call.deps.store, selection, { bound, size, after })
    const page = { documents: maskDocuments(diffs.map(render), mask), nextPageToken }
    if (format) return pageOfText(call, page, format)
    const total = totalOf(call.query.count ? await countDiff(call.deps.store, selection) : undefined)
    const beside = { from: toRfc3339(selection.from), to: toRfc3339(selection.to) }
    const reply = pageReply(call, 'diffs', { ...page, ...total }, beside)
    return unlessKnown(call, mask === null ? reply : { ...reply, partial: true })
  },
})

const textFormats: Partial<Record<string, LineFormat>> = { [ndjsonType]: ndjson, [csvType]: diffCsv }

const dayMs = 86_400_000

async function readDiffQuery(call: Call, given: z.output<typeof query>) {
  const { pageSize, pageToken, count, fields, ...asked } = given
  const { store, clock } = call.deps
  const bound = { visibleTeams: visibleTeams(call), asked }
  const start = pageToken === undefined ? undefined : readDiffToken(store, bound, pageToken)
  const to = start?.to ?? asked.to ?? clock.now()
  const from = start?.from ?? asked.from ?? Math.max(to - dayMs, await earliestInstant(store.reader))
  await requireKnown(call, 'to', to)
  if (from > to) throw invalid([{ pointer: 'query/from', detail: 'must not be after `to`' }])
  await requireKnown(call, 'from', from)
  const conditions = readConditions(asked, to)
  requireKept(asked, conditions)
  const selection: DiffSelection = { from, to, visibleTeams: bound.visibleTeams, conditions }
  return { bound, selection, after: start?.after }
}

async function* documentsOf(pages: AsyncIterable<ClusterDiff[]>): AsyncGenerator<string[]> {
  for await (const diffs of pages) yield diffs.map(render)
}

function render({ acts, more, ...diff }: ClusterDiff): string {
  const told = acts.map(({ entryId, time, action, actor, onBehalfOf }) => ({
    time: toRfc3339(time),
    action,
    actor,
    ...(onBehalfOf && { onBehalfOf }),
    auditEntry: entryId === null ? null : `/audit-entries/${entryId}`,
  }))
  return JSON.stringify({ ...diff, acts: told, ...(more && { moreActs: true }) })
}
