import { z } from '@hono/zod-openapi'
import type { Lines } from '../../store/lines.ts'
import { clusterOrders } from '../../store/listing/cluster-listable.ts'
import type { Counted } from '../../store/listing/count-rows.ts'
import { countPastClusters, exportPastClusters, listPastClusters } from '../../store/past-clusters.ts'
import {
  type ClusterSelection,
  countClusters,
  exportClusterLines,
  exportClusters,
  type ListedPage,
  listClusters as list,
} from '../../store/read-clusters.ts'
import type { Snapshot } from '../../store/snapshots.ts'
import { negotiate } from '../accept.ts'
import { asOfParameter, pastOrderOf, requireKept, requireKnown } from '../as-of.ts'
import type { Call } from '../call.ts'
import { labelParameters, narrowing, readConditions, withLabels } from '../cluster-query.ts'
import { unlessKnown } from '../etag.ts'
import { exportReply } from '../export.ts'
import { fieldsParameter, maskDocuments, maskPages, readFieldMask } from '../field-mask.ts'
import { inventoryCsv, toCsv } from '../inventory-formats.ts'
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
  pageText,
  totalOf,
} from '../page.ts'
import { jsonType } from '../reply.ts'
import { clusterSchema, exampleCluster } from '../schemas/cluster.ts'
import { exampleSync, syncSchema } from '../schemas/sync.ts'
import { visibleSyncs } from '../syncs.ts'
import { csvType, type LineFormat, linesOf, ndjson, ndjsonType } from '../text-formats.ts'
import { visibleTeams } from '../visible.ts'

const query = withLabels({
  ...narrowing,
  orderBy: z
    .string()
    .regex(
      new RegExp(`^(${clusterOrders.join('|')})( asc| desc)?$`),
      `must be one of ${clusterOrders.join(', ')}, perhaps followed by asc or desc`,
    )
    .optional()
    .openapi({
      description: 'Ascending unless `desc` follows; what has no value comes last. Default: newest first.',
      example: 'createTime desc',
    }),
  ...pageParameters,
  ...countParameter,
  ...fieldsParameter,
  ...asOfParameter,
})

export const listClusters = operation({
  operationId: 'listClusters',
  method: 'get',
  path: '/clusters',
  tags: ['Clusters'],
  summary: 'List clusters',
  description:
    "The inventory: every cluster of the caller's team, or of all teams, page by page. Parameters narrow it by equality, `label.KEY=VALUE` by a label, `filter` by an expression, `q` by words. A page may be short, even empty, while there is a next one: a filter that no index serves reads a set number of clusters a page. `Accept` chooses JSON, NDJSON or CSV. The latter two are the whole list, as it was at one instant and without a cap, unless `pageSize` or `pageToken` asks for a page; then `Link` alone tells of the next one. `asOf` answers from the past: each cluster as it was then, seen by whoever may see what its team was then. `syncs` is empty, and the order is one of createTime, updateTime, name and team.",
  permission: 'cluster.read',
  audit: 'cluster.read',
  query,
  openParameters: labelParameters,
  headers: ['ifNoneMatch'],
  responses: {
    200: {
      description: 'A page of clusters.',
      schema: z
        .object({
          clusters: z.array(clusterSchema),
          syncs: z.array(syncSchema),
          ...pageFields,
          ...limitedCountFields,
        })
        .openapi('ClusterList'),
      example: { clusters: [exampleCluster], syncs: [exampleSync] },
      otherTypes: {
        [ndjsonType]: { description: 'A cluster a line.', example: `${JSON.stringify(exampleCluster)}\n` },
        [csvType]: {
          description: 'A line of names, then a cluster a line (RFC 4180).',
          example: toCsv([JSON.stringify(exampleCluster)]),
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
    const mask = readFieldMask(call.query.fields, clusterSchema)
    const { asOf } = call.query
    if (asOf !== undefined) await requireKnown(call, 'asOf', asOf)
    const source = sourceOf(call, call.query)
    if (format && !asksForPage(call.query)) {
      const pages = (snapshot: Snapshot) =>
        format === ndjson && mask === null && source.lines
          ? source.lines(snapshot)
          : linesOf(format, maskPages(source.export(snapshot), mask))
      return exportReply(call, { format, pages })
    }
    const page = await source.page(pageOf(call.query))
    const documents = maskDocuments(page.documents, mask)
    if (format) return pageOfText(call, { ...page, documents }, format)
    const total = totalOf(call.query.count ? await source.count() : undefined)
    // What was synced since then says nothing of what was.
    const syncs = asOf === undefined ? await visibleSyncs(call) : []
    const shown = { ...page, ...total, documents }
    const reply = pageReply(call, 'clusters', shown, { syncs })
    if (mask !== null) return unlessKnown(call, { ...reply, partial: true })
    // To hash all of a page takes longer than to read it.
    const { marks } = page
    return unlessKnown(call, reply, marks && pageText('clusters', { ...shown, documents: marks }, { syncs }))
  },
})

const textFormats: Partial<Record<string, LineFormat>> = { [ndjsonType]: ndjson, [csvType]: inventoryCsv }

/** Where the list comes from: what is, or what was. */
interface Source {
  page(of: ReturnType<typeof pageOf>): Promise<ListedPage>
  export(snapshot: Snapshot): AsyncGenerator<string[]>
  /** The same as lines, where documents are stored as they are shown. */
  lines?(snapshot: Snapshot): AsyncGenerator<Lines>
  count(): Promise<Counted>
}

function sourceOf(call: Call, given: z.output<typeof query>): Source {
  const { store } = call.deps
  const { asOf: at } = given
  const selection = selectionOf(call, given)
  if (at === undefined) {
    return {
      page: (of) => list(store, { ...selection, ...of }),
      export: (snapshot) => exportClusters(snapshot, selection),
      lines: (snapshot) => exportClusterLines(snapshot, selection),
      count: () => countClusters(store, selection),
    }
  }
  requireKept(given, selection.conditions)
  const past = { ...selection, at, orderBy: pastOrderOf(selection.orderBy) }
  return {
    page: (of) => listPastClusters(store, { ...past, ...of }),
    export: (snapshot) => exportPastClusters(snapshot, past),
    count: () => countPastClusters(store, past),
  }
}

function selectionOf(call: Call, given: z.output<typeof query>): ClusterSelection {
  const { pageSize, pageToken, count, fields, orderBy = 'createTime desc', ...asked } = given
  const [field, direction = 'asc'] = orderBy.split(' ')
  return {
    visibleTeams: visibleTeams(call),
    conditions: readConditions(asked, asked.asOf ?? call.deps.clock.now()),
    asked,
    orderBy: clusterOrders.find((order) => order === field) ?? 'createTime',
    descending: direction === 'desc',
  }
}
