import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditFields } from '../../src/cluster/filter/audit-fields.ts'
import { clusterFields } from '../../src/cluster/filter/cluster-fields.ts'
import { conjunctsOf } from '../../src/cluster/filter/condition.ts'
import type { FieldType } from '../../src/cluster/filter/fields.ts'
import { readFilter } from '../../src/cluster/filter/read-filter.ts'
import { newId } from '../../src/cluster/id.ts'
import type { JsonObject } from '../../src/cluster/json.ts'
import { Problem } from '../../src/cluster/problem.ts'
import { type ClusterRow, readClusterRow, updateClusterRow } from '../../src/store/cluster-rows.ts'
import { auditListable } from '../../src/store/listing/audit-listable.ts'
import { clusterListable, clusterOrders } from '../../src/store/listing/cluster-listable.ts'
import { countRows } from '../../src/store/listing/count-rows.ts'
import { type Listable, usualLimits } from '../../src/store/listing/listable.ts'
import type { Position } from '../../src/store/listing/read-page.ts'
import { type PastOrderBy, pastOrders } from '../../src/store/listing/version-listable.ts'
import { readPastPage } from '../../src/store/past-rows.ts'
import { countClusters, listClusters } from '../../src/store/read-clusters.ts'
import { engine } from '../engine/open-store.ts'
import { holds } from './filter-model.ts'
import { Inventory, startTime } from './inventory.ts'
import { readPageOfIds } from './page-of-ids.ts'

const texts = ['a', 'A', 'ab', 'aB-c', 'ba', 'é', 'Éa', '%', '_', 'a*b', "o'k", 'x" y', '\\', '日本']
const times = [0, 1, 1000, 86_400_000].map((ms) => startTime - ms)
const small = { gathered: 3, walked: 7, counted: 1000, sifted: 1000 }

const text = fc.constantFrom(...texts)
const time = fc.constantFrom(...times)
const row = fc.record({
  name: text,
  displayName: text,
  provider: fc.constantFrom('zilliz', 'fireworks'),
  connection: text,
  team: fc.constantFrom('a', 'b'),
  region: fc.option(text),
  plan: fc.constantFrom('FREE', 'DEDICATED', undefined),
  state: fc.constantFrom('READY', 'DELETED', 'MISSING', 'FAILED'),
  stateReason: fc.option(text),
  externalId: fc.option(text),
  endpoint: fc.option(text),
  management: fc.constantFrom('MANAGED', 'IMPORTED'),
  deletionProtection: fc.boolean(),
  creator: text,
  createTime: time,
  updateTime: time,
  expireTime: fc.option(time),
  observedTime: fc.option(time),
  observedVia: fc.constantFrom('poll', 'sync', null),
  operationStatus: fc.constantFrom('RUNNING', 'SUCCEEDED', null),
  operationAttempts: fc.nat(2),
  absentSyncs: fc.nat(1),
  labels: fc.dictionary(fc.constantFrom('env', 'a.b', 'x'), text, { maxKeys: 2 }),
  drift: fc.option(fc.constant({ time: startTime, changes: [] })),
} as const)

/** A value as it is written in a filter. */
function quoted(value: string): string {
  return `"${value.replace(/["\\*]/g, '\\$&')}"`
}

const comparison = fc.constantFrom('=', '!=', '<', '<=', '>', '>=')
const equality = fc.constantFrom('=', '!=')

function comparisonOf(name: string, type: FieldType): fc.Arbitrary<string> {
  const presence = fc.constantFrom(`${name}:*`, `${name} = null`, `${name} != null`)
  switch (type.type) {
    case 'text': {
      const starred = fc
        .tuple(fc.constantFrom('=', '!=', ':'), text, fc.constantFrom(['', '*'], ['*', ''], ['*', '*']))
        .map(
          ([operator, value, [before, after]]) =>
            `${name}${operator}"${before}${quoted(value).slice(1, -1)}${after}"`,
        )
      const plain = fc.tuple(fc.oneof(comparison, fc.constant(':')), text)
      return fc.oneof(
        presence,
        starred,
        plain.map(([operator, value]) => `${name}${operator}${quoted(value)}`),
      )
    }
    case 'enum':
      return fc.oneof(
        presence,
        fc.tuple(equality, fc.constantFrom(...type.values)).map(([op, value]) => `${name}${op}${value}`),
      )
    case 'boolean':
      return fc.tuple(equality, fc.boolean()).map(([operator, value]) => `${name} ${operator} ${value}`)
    case 'number':
      return fc.tuple(comparison, fc.nat(2)).map(([operator, value]) => `${name}${operator}${value}`)
    case 'time':
      return fc.oneof(
        presence,
        fc.tuple(comparison, time).map(([op, value]) => `${name} ${op} ${new Date(value).toISOString()}`),
      )
    case 'age':
      return fc
        .tuple(fc.constantFrom('<', '<=', '>', '>='), fc.constantFrom('0s', '1s', '0.001s', '1d'))
        .map(([operator, value]) => `${name}${operator}${value}`)
    case 'thing':
      return presence
    case 'map': {
      const key = fc.constantFrom('env', 'a.b', '"x"')
      return fc.oneof(
        fc.constantFrom(`${name}:env`, `-${name}:x`),
        key.chain((each) => comparisonOf(`${name}.${each}`, { type: 'text' })),
      )
    }
  }
}

const leaf = fc
  .constantFrom(...Object.entries(clusterFields))
  .chain(([name, type]) => comparisonOf(name, type))
const { filter } = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.tuple(tie('filter'), tie('filter')).map(([a, b]) => `${a} AND ${b}`),
    fc.tuple(tie('filter'), tie('filter')).map(([a, b]) => `(${a}) OR (${b})`),
    tie('filter').map((inner) => `NOT (${inner})`),
  ),
}))

const inventory = new Inventory()
let documents: JsonObject[] = []

function generated(first: ClusterRow): ClusterRow[] {
  const rows = fc.sample(row, { numRuns: 60, seed: 7 }).map(({ creator, plan, ...given }): ClusterRow => {
    const createdBy = { type: 'api_key', id: `key_${creator}`, displayName: creator } as const
    const spec = plan === undefined ? {} : { plan, projectId: 'p' }
    // Unmanaged clusters need no name of their own.
    return { ...first, ...given, id: newId('clu'), createdBy, spec, scope: newId('clu') } as ClusterRow
  })
  return rows.map((each, i) => ({ ...each, externalId: each.externalId && `${each.externalId}${i}` }))
}

beforeAll(async () => {
  await inventory.add(generated(await inventory.begin()))
  await inventory.store.write(async ({ db, tables }) => {
    await db.update(tables.connections).set({ syncedTime: startTime - 500 })
  })
  documents = await everything()
})

afterAll(() => inventory[Symbol.asyncDispose]())

async function everything(): Promise<JsonObject[]> {
  const page = await listClusters(inventory.store, {
    visibleTeams: '*',
    conditions: [],
    asked: null,
    orderBy: 'createTime',
    descending: false,
    pageSize: 200,
    pageToken: undefined,
  })
  return page.documents.map((document) => JSON.parse(document) as JsonObject)
}

/** Every id that a list holds, page by page, with limits so low that each way of reading comes about. */
async function idsOf(
  condition: string,
  orderBy: (typeof clusterOrders)[number],
  descending: boolean,
): Promise<string[]> {
  const { reader } = inventory.store
  const listable = { ...clusterListable(reader), limits: small }
  const conditions = conjunctsOf(readFilter(condition, clusterFields, startTime))
  const ids: string[] = []
  let after: Position | undefined
  for (let pages = 0; pages < 200; pages++) {
    const page = await readPageOfIds(reader, listable, { conditions, orderBy, descending, size: 4, after })
    ids.push(...page.ids)
    if (page.next === null) return ids
    after = page.next
  }
  throw new Error('The list has no end.')
}

/** A page is several questions, which each take their way to a server. */
const runs = (count: number) => (engine() === 'postgres' ? count / 5 : count)

test('a filter in SQL holds just the clusters that it holds for in words, in every order, page by page', async () => {
  await fc.assert(
    fc.asyncProperty(
      filter,
      fc.constantFrom(...clusterOrders),
      fc.boolean(),
      async (text, orderBy, descending) => {
        const condition = readFilter(text, clusterFields, startTime)
        const expected = documents.filter((document) => holds(condition, document, clusterFields))
        const ids = await idsOf(text, orderBy, descending)
        expect(ids.toSorted()).toEqual(expected.map(({ id }) => id).toSorted())
        const byId = new Map(documents.map((document) => [document.id, document]))
        expectSorted(
          ids.map((id) => byId.get(id)?.[orderBy] ?? null),
          descending,
        )
      },
    ),
    { numRuns: runs(400) },
  )
})

function expectSorted(values: unknown[], descending: boolean): void {
  const present = values.filter((value) => value !== null).map(String)
  const inOrder = present.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  expect(values).toEqual([
    ...(descending ? inOrder.toReversed() : inOrder),
    ...values.filter((value) => value === null),
  ])
}

const operators = ['=', '!=', '<', '<=', '>', '>=', ':']
const operands = ['*', 'null', '"null"', 'x', '"x*"', '"*x"', '"*x*"', '""', 'true', '1', '1d', '2026-03-01']

test.each([
  ['a cluster', clusterFields, () => clusterListable(inventory.store.reader), 'createTime'],
  ['an audit entry', auditFields, () => auditListable(inventory.store.reader), 'time'],
] as const)(
  'whatever is asked of a field of %s is answered, or refused with its position',
  async (...given) => {
    const [, fields, listable, orderBy] = given
    const page = { orderBy, descending: true, size: 4, after: undefined }
    let refused = 0
    for (const field of Object.keys(fields)) {
      for (const asked of operators.flatMap((op) => operands.map((operand) => `${field} ${op} ${operand}`))) {
        for (const text of [asked, `NOT ${asked}`]) {
          try {
            const conditions = conjunctsOf(readFilter(text, fields, startTime))
            await readPageOfIds(inventory.store.reader, listable() as Listable, { ...page, conditions })
          } catch (error) {
            expect([text, error]).toEqual([text, expect.any(Problem)])
            expect((error as Problem).message).toMatch(/, at character \d+$/)
            refused++
          }
        }
      }
    }
    expect(refused).toBeGreaterThan(0)
  },
)

test('a count is what the list holds', async () => {
  await fc.assert(
    fc.asyncProperty(filter, async (text) => {
      const { reader } = inventory.store
      const conditions = conjunctsOf(readFilter(text, clusterFields, startTime))
      const listable = { ...clusterListable(reader), limits: small }
      const counted = await countRows(reader, listable, { conditions, orderBy: 'createTime' })
      expect(counted).toEqual({ rows: (await idsOf(text, 'createTime', true)).length, atLeast: false })
    }),
    { numRuns: runs(100) },
  )
})

test.each([
  ['all', '*', 61],
  ['none', [], 0],
  ['one', ['search'], 1],
  ['two', ['a', 'b'], 60],
] as const)('of %s of the teams', async (_, visibleTeams, total) => {
  const query = { visibleTeams, conditions: [], asked: null, orderBy: 'createTime' } as const
  const whole = { ...query, descending: true, pageSize: 200, pageToken: undefined }
  expect((await listClusters(inventory.store, whole)).documents).toHaveLength(total)
  expect(await countClusters(inventory.store, whole)).toEqual({ rows: total, atLeast: false })
})

describe('of clusters as they were, some of which have changed since', () => {
  const past = new Inventory()
  let former: JsonObject[] = []
  const ofPast = filter.filter((text) => !/observed/.test(text))

  beforeAll(async () => {
    const rows = generated(await past.begin())
    await past.add(rows)
    const { db, tables } = past.store.reader
    former = (await db.select().from(tables.clusters)).map(({ document }) => JSON.parse(document))
    // Twice, so that the version that held is neither the only one nor the last.
    for (const changes of [1, 2]) {
      past.clock.time += 1000
      await past.store.write(async (session) => {
        for (const { id } of rows.filter((_, i) => i % 3 !== 0)) {
          const before = await readClusterRow(session, id)
          const changed = { name: `${before.name}${changes}`, labels: {}, region: 'moved', team: 'b' }
          await updateClusterRow(past.store, session, before, changed)
        }
      })
    }
  })

  afterAll(() => past[Symbol.asyncDispose]())

  /** Every cluster that was there at the beginning, page by page. */
  async function pastIds(
    text: string,
    orderBy: PastOrderBy,
    descending: boolean,
    limits = small,
  ): Promise<string[]> {
    const conditions = conjunctsOf(readFilter(text, clusterFields, startTime))
    const wanted = { at: startTime, conditions, orderBy, descending, size: 4 }
    const ids: string[] = []
    let after: Position | undefined
    for (let pages = 0; pages < 400; pages++) {
      const page = await readPastPage(past.store.reader, { ...wanted, after }, limits)
      ids.push(...page.rows.map(({ id }) => id))
      if (page.next === null) return ids
      after = page.next
    }
    throw new Error('The list has no end.')
  }

  test('a filter holds just those that it held for then, in every order, page by page', async () => {
    await fc.assert(
      fc.asyncProperty(
        ofPast,
        fc.constantFrom(...pastOrders),
        fc.boolean(),
        async (text, orderBy, descending) => {
          const condition = readFilter(text, clusterFields, startTime)
          const expected = former.filter((document) => holds(condition, document, clusterFields))
          const ids = await pastIds(text, orderBy, descending)
          expect(ids.toSorted()).toEqual(expected.map(({ id }) => String(id)).toSorted())
          const known = new Map(former.map((document) => [document.id, document]))
          const keys = ids.map((id) => String(known.get(id)?.[orderBy]))
          // The texts of the rows are in the order of their bytes.
          const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
          expect(keys).toEqual(descending ? sorted.reverse() : sorted)
        },
      ),
      { numRuns: runs(300) },
    )
  })

  test('the order does not depend on how the rows are read', async () => {
    for (const orderBy of pastOrders) {
      for (const descending of [true, false]) {
        const walked = await pastIds('createTime > 1990-01-01', orderBy, descending)
        expect(walked).toEqual(await pastIds('createTime > 1990-01-01', orderBy, descending, usualLimits))
        expect(walked).toHaveLength(former.length)
      }
    }
  })
})
