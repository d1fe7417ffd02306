import { z } from '@hono/zod-openapi'
import { clusterStates, managements } from '../cluster/cluster.ts'
import { clusterFields } from '../cluster/filter/cluster-fields.ts'
import { type Condition, conjunctsOf, equals } from '../cluster/filter/condition.ts'
import { readFilter } from '../cluster/filter/read-filter.ts'
import { readDuration } from '../cluster/filter/read-time.ts'
import { filterLimits } from '../cluster/filter/syntax.ts'
import { wordsOf } from '../cluster/words.ts'
import type { OpenParameter } from './operation.ts'

const text = (description: string, example: string) =>
  z.string().min(1).max(200).optional().openapi({ description, example })

/** Parameters that narrow by equality, each named like its field: those that summaries have too. */
const counted = {
  team: text('Only clusters of this team.', 'search'),
  provider: text('Only clusters at this provider.', 'zilliz'),
  connection: text('Only clusters of the connection of this name.', 'zilliz-prod'),
  region: text('Only clusters in this region.', 'gcp-us-west1'),
  state: z.enum(clusterStates).optional().openapi({ description: 'Only clusters in this state.' }),
  management: z.enum(managements).optional().openapi({ description: 'Only clusters managed like this.' }),
}

const equalities = {
  ...counted,
  name: text('Only clusters of this name.', 'search-index'),
  externalId: text('Only the cluster with this id at its provider.', 'in05-0123456789abcde'),
}

export const filterParameter = (example: string) => ({
  filter: z.string().min(1).optional().openapi({
    maxLength: filterLimits.length,
    description:
      'Only what this expression of [AIP-160](https://google.aip.dev/160) holds for. OR binds tighter than AND. The fields are those of the answer.',
    example,
  }),
})

/** Parameters that narrow a summary. */
export const summaryNarrowing = { ...counted, ...filterParameter('state != "DELETED"') }

const mostSearched = 10

function isSearch(text: string): boolean {
  const { length } = wordsOf([text])
  return length > 0 && length <= mostSearched
}

/** Parameters that narrow the list of clusters. */
export const narrowing = {
  ...equalities,
  ...filterParameter('state = "READY" AND age > 30d'),
  q: z
    .string()
    .max(200)
    .refine((given) => isSearch(given), `must have 1 to ${mostSearched} words of letters and digits`)
    .optional()
    .openapi({
      description:
        'Only clusters with words that begin so, all of them: in names, labels, ids, endpoint and creator.',
      example: 'search',
    }),
  staleAfter: z
    .string()
    .refine((given) => readDuration(given) !== null, 'must be a duration, such as 90s, 30m, 12h or 7d')
    .optional()
    .openapi({
      description:
        'Only clusters that are not deleted and were last observed longer ago than this, or never.',
      example: '1h',
    }),
}

const labelPrefix = 'label.'

/** The schema of a query with these parameters, and labels beside them. */
export function withLabels<S extends z.core.$ZodLooseShape>(shape: S) {
  const query = z.object(shape)
  return query.catchall(z.string().max(63)).check(({ value, issues }) => {
    const unknown = Object.keys(value).filter(
      (name) => !Object.hasOwn(query.shape, name) && !/^label\../.test(name),
    )
    if (unknown.length > 0) issues.push({ code: 'unrecognized_keys', keys: unknown, input: value })
  })
}

export const labelParameters: readonly OpenParameter[] = [
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
]

type Given = Readonly<Record<string, unknown>>

/** Everything that the parameters ask for; all of it must hold. */
export function readConditions(given: Given, now: number): Condition[] {
  return Object.entries(given).flatMap(([name, value]) => readParameter(name, value, now))
}

function readParameter(name: string, value: unknown, now: number): Condition[] {
  if (typeof value !== 'string') return []
  if (Object.hasOwn(equalities, name)) return [equals(name, value)]
  if (name.startsWith(labelPrefix)) {
    return [{ ...equals('labels', value), key: name.slice(labelPrefix.length) }]
  }
  if (name === 'filter') return conjunctsOf(readFilter(value, clusterFields, now))
  if (name === 'q') return wordsOf([value]).map((begins) => ({ kind: 'word', begins }))
  return name === 'staleAfter' ? staleSince(now - (readDuration(value) ?? 0)) : []
}

function staleSince(time: number): Condition[] {
  const observed = { kind: 'test', field: 'observedTime' } as const
  return [
    { kind: 'not', part: equals('state', 'DELETED') },
    {
      kind: 'or',
      parts: [
        { kind: 'not', part: { ...observed, test: { is: 'present' } } },
        { ...observed, test: { is: 'compared', operator: '<', value: time } },
      ],
    },
  ]
}
