import { z } from '@hono/zod-openapi'
import { servesAny } from '../../cluster/caller.ts'
import { toRfc3339 } from '../../cluster/clock.ts'
import { clusterStates, managements } from '../../cluster/cluster.ts'
import { readSyncs } from '../../store/freshness.ts'
import {
  type ClusterQuery,
  clusterFilters,
  clusterOrders,
  countClusters,
  exportClusters,
  listClusters as list,
} from '../../store/read-clusters.ts'
import { negotiate } from '../accept.ts'
import type { Call } from '../call.ts'
import { exportReply } from '../export.ts'
import { inventoryCsv, toCsv } from '../inventory-formats.ts'
import { operation } from '../operation.ts'
import {
  asksForPage,
  countParameter,
  linkHeader,
  pageFields,
  pageOf,
  pageOfText,
  pageParameters,
  pageReply,
} from '../page.ts'
import { jsonType } from '../reply.ts'
import { clusterSchema, exampleCluster } from '../schemas/cluster.ts'
import { nullableTime } from '../schemas/ids.ts'
import { csvType, type LineFormat, ndjson, ndjsonType } from '../text-formats.ts'
import { visibleTeams } from '../visible.ts'

const text = (description: string, example: string) =>
  z.string().min(1).max(200).optional().openapi({ description, example })

const exampleSync = {
  connection: 'zilliz-prod',
  status: 'SUCCEEDED',
  completeTime: '2026-03-01T09:30:00.000Z',
}

const syncSchema = z
  .object({
    connection: z.string(),
    status: z
      .enum(['SUCCEEDED', 'FAILED'])
      .nullable()
      .openapi({ description: 'How the last sync ended; null before the first.' }),
    completeTime: nullableTime.openapi({ description: 'When the connection was last listed to its end.' }),
  })
  .openapi('InventorySync', { description: 'How fresh the inventory of a connection is.' })

const labelPrefix = 'label.'

const query = z
  .object({
    team: text('Only clusters of this team.', 'search'),
    provider: text('Only clusters at this provider.', 'zilliz'),
    connection: text('Only clusters of the connection of this name.', 'zilliz-prod'),
    region: text('Only clusters in this region.', 'gcp-us-west1'),
    state: z.enum(clusterStates).optional().openapi({ description: 'Only clusters in this state.' }),
    management: z.enum(managements).optional().openapi({ description: 'Only clusters managed like this.' }),
    name: text('Only clusters of this name.', 'search-index'),
    externalId: text('Only the cluster with this id at its provider.', 'in05-0123456789abcde'),
    orderBy: z
      .string()
      .regex(
        new RegExp(`^(${clusterOrders.join('|')})( asc| desc)?$`),
        `must be one of ${clusterOrders.join(', ')}, perhaps followed by asc or desc`,
      )
      .optional()
      .openapi({
        description: 'Ascending unless `desc` follows. Default: newest first.',
        example: 'createTime desc',
      }),
    ...pageParameters,
    ...countParameter,
  })
  .catchall(z.string().max(63))
  .check(({ value, issues }) => {
    const unknown = Object.keys(value).filter((name) => !(name in query.shape) && !/^label\../.test(name))
    if (unknown.length > 0) issues.push({ code: 'unrecognized_keys', keys: unknown, input: value })
  })

export const listClusters = operation({
  operationId: 'listClusters',
  method: 'get',
  path: '/clusters',
  tags: ['Clusters'],
  summary: 'List clusters',
  description:
    "The inventory: every cluster of the caller's team, or of all teams, page by page. Parameters narrow it by equality, `label.KEY=VALUE` by a label. `Accept` chooses JSON, NDJSON or CSV. The latter two are the whole list, as it was at one instant and without a cap, unless `pageSize` or `pageToken` asks for a page; then `Link` alone tells of the next one.",
  permission: 'cluster.read',
  audit: 'cluster.read',
  query,
  openParameters: [
    {
      name: 'labels',
      description: 'Only clusters with these labels, each as `label.KEY=VALUE`.',
      schema: {
        type: 'object',
        propertyNames: { pattern: '^label\\..' },
        additionalProperties: { type: 'string', maxLength: 63 },
      },
      example: { 'label.env': 'prod' },
    },
  ],
  responses: {
    200: {
      description: 'A page of clusters.',
      schema: z
        .object({ clusters: z.array(clusterSchema), syncs: z.array(syncSchema), ...pageFields })
        .openapi('ClusterList'),
      example: { clusters: [exampleCluster], syncs: [exampleSync] },
      otherTypes: {
        [ndjsonType]: { description: 'A cluster a line.', example: `${JSON.stringify(exampleCluster)}\n` },
        [csvType]: {
          description: 'A line of names, then a cluster a line (RFC 4180).',
          example: toCsv([JSON.stringify(exampleCluster)]),
        },
      },
      headers: linkHeader,
    },
  },
  problems: ['invalid-page-token', 'not-acceptable', 'too-many-exports'],
  handler: async (call) => {
    const { store } = call.deps
    const type = negotiate(call.header('accept'), [jsonType, ndjsonType, csvType])
    const wanted = clusterQuery(call, call.query)
    const format = textFormats[type]
    if (format && !asksForPage(call.query)) {
      return exportReply(call, { format, pages: (snapshot) => exportClusters(snapshot, wanted) })
    }
    const page = await list(store, wanted)
    if (format) return pageOfText(call, page, format)
    const totalSize = call.query.count ? await countClusters(store, wanted) : undefined
    const syncs = syncsFor(call, await readSyncs(store.reader))
    return pageReply(call, 'clusters', { ...page, totalSize }, { syncs })
  },
})

const textFormats: Partial<Record<string, LineFormat>> = { [ndjsonType]: ndjson, [csvType]: inventoryCsv }

function syncsFor(call: Call, all: Awaited<ReturnType<typeof readSyncs>>) {
  const teams = visibleTeams(call)
  return all
    .filter((row) => row.deleteTime === null && servesAny(row.teams, teams))
    .map(({ connection, lastSync }) => ({
      connection,
      status: lastSync?.status ?? null,
      completeTime: toRfc3339(lastSync?.completeTime ?? null),
    }))
}

function clusterQuery(call: Call, given: z.output<typeof query>): ClusterQuery {
  const [orderBy = 'createTime', direction = 'asc'] = (given.orderBy ?? 'createTime desc').split(' ')
  const where = Object.fromEntries(
    clusterFilters.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  )
  const labels = Object.entries(given).flatMap(([name, value]) =>
    name.startsWith(labelPrefix) ? [[name.slice(labelPrefix.length), value]] : [],
  )
  return {
    visibleTeams: visibleTeams(call),
    where,
    labels: Object.fromEntries(labels),
    orderBy: clusterOrders.find((order) => order === orderBy) ?? 'createTime',
    descending: direction === 'desc',
    ...pageOf(given),
  }
}
