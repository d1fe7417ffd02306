import { z } from '@hono/zod-openapi'
import { invalid } from '../../cluster/problem.ts'
import { countedDimensions } from '../../store/cluster-counts.ts'
import {
  creatorNames,
  type Dimension,
  mostCells,
  mostGroups,
  type Summary,
  summarizeClusters as summarize,
  summaryFields,
} from '../../store/summarize-clusters.ts'
import { summarizePastClusters } from '../../store/summarize-past.ts'
import { asOfParameter, requireKept, requireKnown } from '../as-of.ts'
import type { Call } from '../call.ts'
import { labelParameters, readConditions, summaryNarrowing, withLabels } from '../cluster-query.ts'
import { unlessKnown } from '../etag.ts'
import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { labelKey } from '../schemas/cluster-fields.ts'
import { exampleSync, syncSchema } from '../schemas/sync.ts'
import { visibleSyncs } from '../syncs.ts'
import { visibleTeams } from '../visible.ts'

const groupRule = `must be one or two of ${countedDimensions.join(', ')} and labels.KEY, with a comma between them`

const query = withLabels({
  groupBy: z
    .string()
    .max(400)
    .default('state')
    .transform((text, context) => {
      const dimensions = readDimensions(text)
      if (dimensions) return dimensions
      context.issues.push({ code: 'custom', message: groupRule, input: text })
      return z.NEVER
    })
    .openapi({
      type: 'string',
      default: 'state',
      description: `What to count by: one or two of ${countedDimensions.map((name) => `\`${name}\``).join(', ')} and \`labels.KEY\`, one label at the most.`,
      example: 'team,state',
    } as object),
  ...summaryNarrowing,
  ...asOfParameter,
})

/** Null for what is not one or two different dimensions. */
function readDimensions(text: string): Dimension[] | null {
  const names = text.split(',').map((name) => name.trim())
  const dimensions = names.map((name): Dimension | null => {
    const fixed = countedDimensions.find((each) => each === name)
    if (fixed) return { name: fixed }
    const key = /^labels\.(.*)$/.exec(name)?.[1]
    return labelKey.safeParse(key).success && key !== undefined ? { label: key } : null
  })
  const known = dimensions.filter((dimension) => dimension !== null)
  const labels = known.filter((dimension) => 'label' in dimension)
  const fits = known.length === names.length && new Set(names).size === names.length && names.length <= 2
  return fits && labels.length <= 1 ? known : null
}

const groupSchema = z
  .object({
    count: z.int().min(0),
    creatorName: z
      .string()
      .optional()
      .openapi({ description: 'What the creator was called, beside its id.' }),
  })
  .catchall(z.string().nullable())
  .openapi('ClusterGroup', {
    description:
      'The value of each dimension under its name, null where the clusters have none, and how many they are.',
  })

export const summarizeClusters = operation({
  operationId: 'summarizeClusters',
  method: 'get',
  path: '/clusters/summary',
  tags: ['Clusters'],
  summary: 'Count clusters by group',
  description: `How many clusters there are of each kind, the largest groups first, at most ${mostGroups}. The counts are kept as clusters change, a cell for each combination of values: an answer reads these, team by team where there are more than ${mostCells}, and none is given that takes more for one team. Deleted clusters count, too, as they are listed: \`filter=state != "DELETED"\` leaves them out. Of the past (\`asOf\`) no counts are kept: clusters are counted one by one, as far as a set number of steps goes, and \`filter\` takes any field.`,
  permission: 'cluster.read',
  audit: 'cluster.read',
  query,
  openParameters: labelParameters,
  headers: ['ifNoneMatch'],
  responses: {
    200: {
      description: 'The groups, and how many clusters there are in all of them.',
      schema: z
        .object({
          groups: z.array(groupSchema),
          totalSize: z.int().min(0).openapi({ description: 'Clusters in all groups, told or not.' }),
          syncs: z.array(syncSchema),
        })
        .openapi('ClusterSummary'),
      example: {
        groups: [{ team: 'search', state: 'READY', count: 12 }],
        totalSize: 12,
        syncs: [exampleSync],
      },
      headers: { ETag: 'Changes with the answer.' },
    },
    304: { description: 'It is still the answer that `If-None-Match` names.' },
  },
  problems: ['before-history'],
  handler: async (call) => {
    const { groupBy, asOf, ...asked } = call.query
    const visible = visibleTeams(call)
    const conditions = readConditions(asked, asOf ?? call.deps.clock.now())
    if (asOf !== undefined) {
      await requireKnown(call, 'asOf', asOf)
      requireKept(asked, conditions)
      const past = { visibleTeams: visible, conditions, at: asOf }
      const summary = await summarizePastClusters(call.deps.store, past, groupBy)
      if (!summary) throw tooMany()
      return unlessKnown(call, json(200, { ...shown(groupBy, summary, summary.names), syncs: [] }))
    }
    const summary = await summarize(call.deps.store.reader, { visibleTeams: visible, conditions, groupBy })
    if (!summary) throw tooMuch(asked)
    const names = await namesOf(call, groupBy, summary.groups)
    return unlessKnown(
      call,
      json(200, { ...shown(groupBy, summary, names), syncs: await visibleSyncs(call) }),
    )
  },
})

function shown(groupBy: readonly Dimension[], { groups, totalSize }: Summary, names: Map<string, string>) {
  const told = groups.map(({ values, count }) => {
    const named = groupBy.map((dimension, i) => [nameOf(dimension), values[i] ?? null] as const)
    const creator = named.find(([name]) => name === 'creator')?.[1]
    const creatorName = typeof creator === 'string' ? names.get(creator) : undefined
    return { ...Object.fromEntries(named), ...(creatorName !== undefined && { creatorName }), count }
  })
  return { groups: told, totalSize }
}

function nameOf(dimension: Dimension): string {
  return 'label' in dimension ? `labels.${dimension.label}` : dimension.name
}

function namesOf(
  call: Call,
  groupBy: readonly Dimension[],
  groups: readonly { values: (string | null)[] }[],
) {
  const at = groupBy.findIndex((dimension) => nameOf(dimension) === 'creator')
  const ids = at < 0 ? [] : groups.flatMap(({ values }) => values[at] ?? [])
  return creatorNames(call.deps.store.reader, visibleTeams(call), [...new Set(ids)])
}

function tooMuch(asked: Readonly<Record<string, unknown>>) {
  const narrowed = asked.filter === undefined ? 'query/groupBy' : 'query/filter'
  const detail = `cannot be counted together: a summary is narrowed by ${summaryFields.join(', ')}, and by one label that must be there; month with creator, or a label with either, only by team; and it reads ${mostCells} combinations of values of one team at the most, fewer for a filter of many comparisons`
  return invalid([{ pointer: narrowed, detail }])
}

function tooMany() {
  const detail =
    'there were too many clusters to count them one by one: narrow them by team or filter, or export the list as of then'
  return invalid([{ pointer: 'query/asOf', detail }])
}
