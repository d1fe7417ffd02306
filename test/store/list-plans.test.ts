import { SQLiteSyncDialect } from 'drizzle-orm/sqlite-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { auditFields } from '../../src/cluster/filter/audit-fields.ts'
import { clusterFields } from '../../src/cluster/filter/cluster-fields.ts'
import { type Condition, conjunctsOf } from '../../src/cluster/filter/condition.ts'
import { readFilter } from '../../src/cluster/filter/read-filter.ts'
import { newId } from '../../src/cluster/id.ts'
import { recordAudit } from '../../src/store/audit-entries.ts'
import { updateClusterRow } from '../../src/store/cluster-rows.ts'
import { binder } from '../../src/store/compiled.ts'
import { listDiff } from '../../src/store/diff-clusters.ts'
import { auditListable } from '../../src/store/listing/audit-listable.ts'
import { clusterListable, clusterOrders } from '../../src/store/listing/cluster-listable.ts'
import { countRows } from '../../src/store/listing/count-rows.ts'
import type { Listable } from '../../src/store/listing/listable.ts'
import type { Position } from '../../src/store/listing/read-page.ts'
import { type PastOrderBy, pastOrders } from '../../src/store/listing/version-listable.ts'
import { findPastRow, readPastPage } from '../../src/store/past-rows.ts'
import type { Session } from '../../src/store/store.ts'
import { summarizeClusters } from '../../src/store/summarize-clusters.ts'
import { who } from '../bench/orders.ts'
import { Inventory, startTime } from './inventory.ts'
import { readPageOfIds } from './page-of-ids.ts'

/** So low that a handful of rows is a large table. */
const limits = { gathered: 3, walked: 8, counted: 5, sifted: 5 }
const inventory = new Inventory()
const { reader } = inventory.store
const dialect = new SQLiteSyncDialect()
let statements: string[] = []

beforeAll(async () => {
  const first = await inventory.begin()
  const rows = Array.from({ length: 20 }, (_, i) => ({
    ...first,
    id: newId('clu'),
    name: `c${i}`,
    createTime: first.createTime + i,
    labels: { env: 'prod', rare: i === 0 ? 'yes' : 'no' },
    expireTime: i < 12 ? first.createTime + i : null,
  }))
  await inventory.add(rows)
  await inventory.store.write(async (session) => {
    for (let i = 0; i < 20; i++) {
      const team = 'search'
      await recordAudit(inventory.store, session, who, {
        action: 'cluster.read',
        outcome: 'DENIED',
        targets: [],
        team,
      })
    }
  })
  const { $client } = reader.db
  const prepare = $client.prepare.bind($client)
  $client.prepare = ((text: string) => {
    if (!text.startsWith('EXPLAIN')) statements.push(text)
    return prepare(text)
  }) as typeof $client.prepare
  // None is kept, so that each test sees its statements prepared.
  reader.driver.shape = (query) => {
    const { sql, params } = dialect.sqlToQuery(query)
    return (values) => $client.prepare(sql).raw().all(binder(params)(values)) as unknown[][]
  }
  reader.driver.ask = (query) => reader.driver.shape(query)({})
  reader.shape = (_, write) => reader.driver.shape(write())
})

beforeEach(() => {
  statements = []
})

afterAll(() => inventory[Symbol.asyncDispose]())

/** The plans of all statements that ran, a line a step. */
function plans(): string[] {
  return statements.map((text) => {
    const values = text
      .split('?')
      .slice(1)
      .map(() => null)
    const rows = reader.db.$client.prepare(`EXPLAIN QUERY PLAN ${text}`).all(values) as { detail: string }[]
    const plan = rows.map(({ detail }) => detail).join('\n')
    // What goes through a walk is named like the table that is walked.
    return plan.replace(/^(CO-ROUTINE (\w+)\n[\s\S]*?)\nSCAN \2(?=\n|$)/, '$1')
  })
}

function expectIndexed(): void {
  expect(statements.length).toBeGreaterThan(0)
  for (const [index, plan] of plans().entries()) {
    const isSorted = plan.includes('MATERIALIZE found') || plan.includes('CO-ROUTINE found')
    // Any page but the first begins where the one before ended, and not where the list does.
    if (!isSorted && / [<>] \(\?, /.test(statements[index] ?? '')) expect(plan).toMatch(/(id|key)\)[<>]\(\?,/)
    expect(plan).not.toMatch(
      /SCAN (clusters|cluster_versions|audit_entries|audit_targets|cluster_words|cluster_labels)$/m,
    )
    expect(plan).not.toMatch(/AUTOMATIC/)
    // What is sorted is what a limit has let through before.
    if (!isSorted) expect(plan).not.toMatch(/B-TREE/)
  }
}

async function walkAll<O extends string>(
  listable: Listable<O>,
  conditions: Condition[],
  orderBy: O,
  descending: boolean,
): Promise<string[]> {
  const ids: string[] = []
  let page = await readPageOfIds(reader, listable, {
    conditions,
    orderBy,
    descending,
    size: 4,
    after: undefined,
  })
  ids.push(...page.ids)
  while (page.next) {
    page = await readPageOfIds(reader, listable, {
      conditions,
      orderBy,
      descending,
      size: 4,
      after: page.next,
    })
    ids.push(...page.ids)
  }
  return ids
}

const clusters = () => ({ ...clusterListable(reader), limits })
const filtered = (text: string) => conjunctsOf(readFilter(text, clusterFields, startTime))

describe('no list of clusters reads the whole table or sorts it', () => {
  describe.each(['ascending', 'descending'])('%s', (direction) => {
    test.each(clusterOrders)('ordered by %s, to the last page', async (orderBy) => {
      expect(await walkAll(clusters(), [], orderBy, direction === 'descending')).toHaveLength(21)
      expectIndexed()
    })

    test.each([
      'team="search"',
      'provider="zilliz"',
      'connection="zilliz-bench"',
      'region="gcp-us-west1"',
      'state="PENDING"',
      'management="MANAGED"',
      'externalId="x"',
      'spec.plan="SERVERLESS"',
      'createdBy.id="reconciler"',
      'labels.env="prod"',
      'createTime > 2020-01-01',
      'createTime < 2030-01-01',
      'createTime >= 2020-01-01 AND createTime <= 2030-01-01',
      'age > 0s',
      'createTime > 2020-01-01 AND team="search"',
      'createTime < 2030-01-01 AND team="search"',
    ])('newest first, of just those where %s, by one index', async (text) => {
      const listable = clusters()
      await walkAll(listable, filtered(text), 'createTime', direction === 'descending')
      expectIndexed()
      for (const plan of plans())
        expect(plan).toMatch(/^SEARCH (clusters|cluster_labels) USING (COVERING )?INDEX/)
    })

    test.each([
      ['team="search" OR team="ml"', 'createTime'],
      ['team="search" OR team="ml" OR team="vision"', 'name'],
      ['team="search" OR team="search" OR team="ml"', 'updateTime'],
      ['state="PENDING" OR state="READY" OR state="FAILED"', 'createTime'],
      ['createTime > 2020-01-01 AND (region="x" OR region="gcp-us-west1")', 'createTime'],
    ] as const)('where %s, by %s: what each value has is merged', async (text, orderBy) => {
      const ids = await walkAll(clusters(), filtered(text), orderBy, direction === 'descending')
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids).toHaveLength(21)
      expectIndexed()
      for (const plan of plans()) {
        expect(plan).toMatch(/^MERGE/)
        expect(plan).not.toMatch(/SCAN/)
      }
    })

    test.each(['name = "c*"', 'name = "c*" AND team="search"'])('by name, where %s', async (text) => {
      await walkAll(clusters(), filtered(text), 'name', direction === 'descending')
      expectIndexed()
      for (const plan of plans()) expect(plan).toMatch(/^SEARCH clusters USING (COVERING )?INDEX/)
    })

    test.each(['name', 'updateTime'] as const)("a team's by %s, by one index", async (orderBy) => {
      await walkAll(clusters(), filtered('team="search"'), orderBy, direction === 'descending')
      expectIndexed()
      for (const plan of plans())
        expect(plan).toMatch(/^SEARCH clusters USING (COVERING )?INDEX clusters_team_/)
    })
  })

  test.each([
    'name="c1"',
    'name="c2*"',
    'id="x" AND state!="READY"',
    'labels.rare="yes" AND state!="READY"',
    'expireTime < 2020-01-01 AND team="search"',
    'updateTime < 2020-01-01 AND team="search"',
  ])('few are gathered by their own index and sorted: %s', async (text) => {
    await readPageOfIds(reader, clusters(), {
      conditions: filtered(text),
      orderBy: 'createTime',
      descending: true,
      size: 4,
      after: undefined,
    })
    expectIndexed()
    expect(plans().some((plan) => plan.includes('found'))).toBe(true)
  })

  test('few are gathered where any of several conditions will do', async () => {
    const ids = await walkAll(
      clusters(),
      filtered('(name="c1" OR labels.rare="yes") AND state!="READY"'),
      'name',
      false,
    )
    expect(ids).toHaveLength(2)
    expectIndexed()
    expect(plans().some((plan) => plan.includes('found'))).toBe(true)
  })

  test('few are gathered by a word', async () => {
    const conditions: Condition[] = [
      { kind: 'word', begins: 'c1' },
      { kind: 'word', begins: 'yes' },
    ]
    await walkAll(clusters(), conditions, 'createTime', true)
    expectIndexed()
    expect(plans()[0]).toMatch(/SEARCH cluster_words USING (PRIMARY KEY|COVERING INDEX)/)
  })

  test.each([
    'displayName="nobody"',
    'state!="PENDING"',
    'name="*x" OR displayName="*x"',
    'NOT labels.env="prod"',
    'labels.env="prod" AND endpoint:x',
    'observedAge > 1h',
    'team="search" AND stateReason="x"',
    'drift:* OR operation.error.code="x"',
  ])('what no index serves is walked in bounded steps: %s', async (text) => {
    const page = await readPageOfIds(reader, clusters(), {
      conditions: filtered(text),
      orderBy: 'createTime',
      descending: true,
      size: 4,
      after: undefined,
    })
    expect(page.ids).toEqual([])
    expect(page.next).not.toBeNull()
    expect(statements.some((each) => each.includes(`limit ${limits.walked}`))).toBe(true)
    expectIndexed()
  })
})

describe('the more is asked of a row, the fewer are read for one answer', () => {
  const several = Array.from({ length: 8 }, (_, i) => `endpoint:nowhere${i}`).join(' OR ')

  test('to find a page', async () => {
    const wanted = { conditions: filtered(several), orderBy: 'name', descending: false } as const
    const page = await readPageOfIds(reader, clusters(), { ...wanted, size: 9, after: undefined })
    expect(page.ids).toEqual([])
    expect(page.next).not.toBeNull()
    expect(statements.filter((each) => each.includes('limit 4)'))).toHaveLength(1)
    expect(await walkAll(clusters(), filtered(several), 'name', false)).toEqual([])
  })

  test('to count', async () => {
    const wanted = { conditions: filtered(`${several} AND (${several})`), orderBy: 'name' } as const
    expect(await countRows(reader, clusters(), wanted)).toEqual({ rows: 0, atLeast: true })
    expect(statements.some((each) => each.includes('limit 1)'))).toBe(true)
  })
})

describe('no list of audit entries reads the whole table or sorts it', () => {
  const entries = () => ({ ...auditListable(reader), limits })
  const asked = (text: string) => conjunctsOf(readFilter(text, auditFields, startTime))

  test.each([
    'action="cluster.read"',
    'outcome="DENIED"',
    'actor.id="reconciler"',
    'team="search"',
    'target="x"',
    'target="x" AND time > 2020-01-01',
    'requestId="req_bench"',
    'time > 2020-01-01',
    'time < 2030-01-01',
    'team="search" AND actor.displayName="x"',
    'team="search" AND target="x"',
    'reason:x',
    'target:x OR reason:x',
    'time > 2020-01-01 AND reason:x',
    'outcome="DENIED" OR outcome="FAILURE"',
    'team="search" OR team="ml"',
  ])('where %s', async (text) => {
    await walkAll(entries(), asked(text), 'time', true)
    expectIndexed()
  })
})

describe('no rows but those of the teams asked for are walked', () => {
  test.each([
    'team="search" AND labels.env="prod" AND endpoint:x',
    'connection="zilliz-bench" AND team="search" AND endpoint:x',
    '(team="search" OR team="ml") AND createdBy.id="reconciler" AND endpoint:x',
  ])('for clusters where %s', async (text) => {
    await walkAll(clusters(), filtered(text), 'createTime', true)
    expect(plans().at(-1)).toMatch(/INDEX clusters_team \(/)
  })

  test.each([
    'team="search" AND outcome="DENIED" AND reason:x',
    'target="x" AND requestId="req_bench" AND team="search" AND reason:x',
  ])('for audit entries where %s', async (text) => {
    const listable = { ...auditListable(reader), limits: { ...limits, gathered: -1 } }
    await walkAll(listable, conjunctsOf(readFilter(text, auditFields, startTime)), 'time', true)
    expect(plans().at(-1)).toMatch(/INDEX audit_entries_team \(/)
  })
})

describe('no list of what clusters were reads all of what they ever were', () => {
  const wanted = (text: string, orderBy: PastOrderBy, descending: boolean) => ({
    at: inventory.clock.time - 1,
    conditions: text === '' ? [] : filtered(text),
    orderBy,
    descending,
    size: 4,
  })

  async function walkPast(asked: ReturnType<typeof wanted>): Promise<string[]> {
    const ids: string[] = []
    let after: Position | undefined
    do {
      const page = await readPastPage(reader, { ...asked, after }, limits)
      ids.push(...page.rows.map(({ id }) => id))
      after = page.next ?? undefined
    } while (after)
    return ids
  }

  beforeAll(async () => {
    const { store, clock } = inventory
    for (let times = 0; times < 3; times++) {
      clock.time += 1000
      await store.write(async (session) => {
        for (const row of await session.db.select().from(session.tables.clusters)) {
          await updateClusterRow(store, session, row, { displayName: `${row.name} ${times}` })
        }
      })
    }
  })

  describe.each(['ascending', 'descending'])('%s', (direction) => {
    test.each(pastOrders)('ordered by %s, to the last page', async (orderBy) => {
      expect(await walkPast(wanted('', orderBy, direction === 'descending'))).toHaveLength(21)
      expectIndexed()
    })

    test.each(['createTime', 'updateTime'] as const)("a team's by %s, by its index", async (orderBy) => {
      expect(await walkPast(wanted('team="search"', orderBy, direction === 'descending'))).toHaveLength(21)
      expectIndexed()
      expect(
        plans().some((plan) => /SEARCH cluster_versions USING INDEX cluster_versions_team/.test(plan)),
      ).toBe(true)
    })
  })

  test.each(['name="c1"', 'id="x"', 'name="c2*"'])(
    'few are gathered by their own index: %s',
    async (text) => {
      await walkPast(wanted(text, 'createTime', true))
      expectIndexed()
    },
  )

  test('what has changed since is gathered by its end, where that is little', async () => {
    const one = { ...wanted('', 'createTime', true), at: inventory.clock.time }
    await readPastPage(reader, { ...one, after: undefined }, limits)
    expectIndexed()
    expect(plans().some((plan) => /cluster_versions_valid_until/.test(plan))).toBe(true)
  })

  test.each(['displayName="nobody"', 'labels.env="test"', 'endpoint:x OR stateReason:x'])(
    'what no index serves is walked in bounded steps: %s',
    async (text) => {
      const page = await readPastPage(
        reader,
        { ...wanted(text, 'createTime', true), after: undefined },
        limits,
      )
      expect(page.rows).toEqual([])
      expect(page.next).not.toBeNull()
      expectIndexed()
    },
  )

  test('one is found by its own index', async () => {
    const [id = ''] = await walkPast(wanted('', 'createTime', true))
    statements = []
    const at = inventory.clock.time - 1
    expect((await findPastRow(reader, id, at))?.id).toBe(id)
    expectIndexed()
    expect(plans().at(-1)).toMatch(/^SEARCH cluster_versions USING INDEX cluster_versions_cluster/)
  })

  test('what changed between two instants is read by when it did', async () => {
    const { store, clock } = inventory
    const selection = { from: clock.time - 2000, to: clock.time - 1000, conditions: [] }
    const bound = { visibleTeams: '*' as const, asked: null }
    for (const visibleTeams of ['*', ['search']] as const) {
      const page = { bound, size: 50, after: undefined }
      expect((await listDiff(store, { ...selection, visibleTeams }, page)).diffs).toHaveLength(21)
    }
    expectIndexed()
  })
})

describe('a summary reads counts, and no cluster', () => {
  test.each(['team', 'region', 'creator', 'month'] as const)('by %s', async (name) => {
    await summarizeClusters(reader, { visibleTeams: '*', conditions: [], groupBy: [{ name }] })
    for (const plan of plans()) expect(plan).toMatch(/^SEARCH cluster_counts USING PRIMARY KEY/)
  })
})

test('in a snapshot the index for a list is chosen once, and elsewhere for each page, as there may be more rows by then', async () => {
  const wanted = { conditions: filtered('name="c1" AND state!="READY"'), orderBy: 'name' } as const
  const page = { ...wanted, descending: false, size: 4, after: undefined }
  const looksOf = async (session: Session) => {
    statements = []
    for (let i = 0; i < 2; i++) await readPageOfIds(session, clusterListable(session), page)
    return statements.filter((text) => text.startsWith('select count(*)')).length
  }
  const once = await looksOf(reader)
  expect(once).toBeGreaterThan(0)
  reader.isSnapshot = true
  expect(await looksOf(reader)).toBe(once / 2)
  reader.isSnapshot = false
  reader.forget()
  using snapshot = await inventory.store.snapshot()
  expect(await snapshot.read(async ({ isSnapshot }) => isSnapshot)).toBe(true)
})
