import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newId } from '../../src/cluster/id.ts'
import type { JsonObject } from '../../src/cluster/json.ts'
import { countedDimensions } from '../../src/store/cluster-counts.ts'
import { type NewClusterRow, readClusterRow, updateClusterRow } from '../../src/store/cluster-rows.ts'
import { listClusters } from '../../src/store/read-clusters.ts'
import { type Dimension, mostGroups, summarizeClusters } from '../../src/store/summarize-clusters.ts'
import { engine } from '../engine/open-store.ts'
import { Inventory, startTime } from './inventory.ts'

const patch = fc.record(
  {
    team: fc.constantFrom('a', 'b', '*'),
    region: fc.constantFrom('r1', 'r2', null),
    state: fc.constantFrom('READY', 'SUSPENDED', 'MISSING'),
    management: fc.constantFrom('MANAGED', 'IMPORTED'),
    connection: fc.constantFrom('c1', 'c2'),
    spec: fc.constantFrom({ plan: 'FREE' }, { plan: 'DEDICATED' }, {}),
    labels: fc.dictionary(fc.constantFrom('env', 'tier'), fc.constantFrom('x', 'y', ''), { maxKeys: 2 }),
    endpoint: fc.constantFrom('https://one.example', 'https://two.example', null),
    // Seen again without news is no change.
    observedTime: fc.constantFrom(1, 2),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Partial<NewClusterRow>>

const act = fc.oneof(
  fc.record({ made: patch, daysAgo: fc.nat(70), creator: fc.constantFrom('k1', 'k2') }),
  fc.record({ changed: fc.nat(9), to: patch }),
)

const dimensions: Dimension[] = [...countedDimensions.map((name) => ({ name })), { label: 'env' }]
const nameOf = (dimension: Dimension) => ('label' in dimension ? 'env' : dimension.name)

async function everything(inventory: Inventory): Promise<JsonObject[]> {
  const query = { visibleTeams: '*', conditions: [], asked: null, orderBy: 'createTime' } as const
  const page = await listClusters(inventory.store, {
    ...query,
    descending: true,
    pageSize: 200,
    pageToken: undefined,
  })
  return page.documents.map((document) => JSON.parse(document) as JsonObject)
}

function groupValue(document: JsonObject, dimension: Dimension): unknown {
  if ('label' in dimension) return (document.labels as JsonObject)[dimension.label] ?? null
  if (dimension.name === 'creator') return (document.createdBy as JsonObject).id
  if (dimension.name === 'month') return String(document.createTime).slice(0, 7)
  if (dimension.name === 'plan') return (document.spec as JsonObject).plan ?? null
  return document[dimension.name]
}

/** Groups by looking at every cluster. */
function recount(documents: JsonObject[], groupBy: Dimension[]): string[] {
  const groups = Map.groupBy(documents, (document) =>
    JSON.stringify(groupBy.map((each) => groupValue(document, each))),
  )
  return [...groups].map(([values, { length }]) => `${values} ${length}`).sort()
}

test('whatever is made and changed, the kept counts are those of a recount, by any one or two dimensions', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 12 }), async (acts) => {
      await using inventory = new Inventory()
      const { store } = inventory
      const first = await inventory.begin()
      const ids = [first.id]
      for (const each of acts) {
        if ('made' in each) {
          const id = newId('clu')
          const createTime = startTime - each.daysAgo * 86_400_000
          const createdBy = { type: 'api_key', id: each.creator, displayName: each.creator } as const
          await inventory.add([{ ...first, name: id, id, createTime, createdBy, ...each.made }])
          ids.push(id)
        } else {
          const id = ids[each.changed % ids.length] ?? first.id
          await store.write(async (session) => {
            await updateClusterRow(store, session, await readClusterRow(session, id), each.to)
          })
        }
      }
      const documents = await everything(inventory)
      for (const [i, one] of dimensions.entries()) {
        for (const groupBy of [[one], ...dimensions.slice(i + 1).map((other) => [one, other])]) {
          const summary = await summarizeClusters(store.reader, {
            visibleTeams: '*',
            conditions: [],
            groupBy,
          })
          const told = summary?.groups.map(({ values, count }) => `${JSON.stringify(values)} ${count}`).sort()
          expect(told, groupBy.map(nameOf).join()).toEqual(recount(documents, groupBy))
          expect(summary?.totalSize).toBe(documents.length)
        }
      }
      await expectWordsInStep(inventory)
    }),
    { numRuns: engine() === 'postgres' ? 5 : 15 },
  )
})

async function expectWordsInStep({ store: { reader } }: Inventory): Promise<void> {
  const { clusters, clusterWords } = reader.tables
  const rows = await reader.db.select({ id: clusters.id, words: clusters.words }).from(clusters)
  const kept = await reader.db.select().from(clusterWords)
  const expected = rows.flatMap(({ id, words }) =>
    words
      .trim()
      .split(' ')
      .map((word) => `${word} ${id}`),
  )
  expect(kept.map(({ word, clusterId }) => `${word} ${clusterId}`).sort()).toEqual(expected.sort())
}

test('those without a label are told right, however many other groups there are', async () => {
  await using inventory = new Inventory()
  const first = await inventory.begin()
  const of = (creator: string, i: number, labels: Record<string, string>) => ({
    ...first,
    id: newId('clu'),
    name: `${creator}-${i}`,
    externalId: null,
    createdBy: { type: 'user' as const, id: creator, displayName: creator },
    labels,
  })
  const others = Array.from({ length: mostGroups }, (_, i) => [0, 1].map((j) => of(`u${i}`, j, { env: 'x' })))
  const mixed = [of('mixed', 0, { env: 'x' }), of('mixed', 1, {}), of('mixed', 2, {}), of('mixed', 3, {})]
  await inventory.add([...others.flat(), ...mixed])
  const groupBy = [{ label: 'env' }, { name: 'creator' }] as const
  const summary = await summarizeClusters(inventory.store.reader, {
    visibleTeams: '*',
    conditions: [],
    groupBy,
  })
  expect(summary?.groups).toHaveLength(mostGroups)
  expect(summary?.groups.filter(({ values }) => values[1] === 'mixed')).toEqual([
    { values: [null, 'mixed'], count: 3 },
  ])
})
