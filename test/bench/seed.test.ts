import { afterAll, expect, test } from 'vitest'
import { systemClock } from '../../src/cluster/clock.ts'
import { renderCluster } from '../../src/cluster/document.ts'
import { newId } from '../../src/cluster/id.ts'
import { toCluster } from '../../src/store/cluster-rows.ts'
import { searchedWords } from '../../src/store/cluster-words.ts'
import { openSqlite } from '../../src/store/open.ts'
import { summarizeClusters } from '../../src/store/summarize-clusters.ts'
import { makeWorld } from './world.ts'

// Copies of them, too: there are four of each.
const world = await makeWorld({ clusters: 160, spread: true, varied: 40 })
const store = openSqlite({ path: world.database, clock: systemClock, newId })
const { db, tables } = store.reader

afterAll(async () => {
  await store[Symbol.asyncDispose]()
  world[Symbol.dispose]()
})

const sorted = (words: string) => words.trim().split(' ').toSorted()

test('every seeded row is as a write of it would have left it', async () => {
  const rows = await db.select().from(tables.clusters)
  expect(world.clusterCount).toBe(160)
  expect(rows).toHaveLength(160)
  for (const row of rows) {
    expect(JSON.parse(row.document)).toEqual(renderCluster(toCluster(row)))
    expect(sorted(row.words)).toEqual(sorted(searchedWords(row)))
  }
})

test('ids and rows are in the order of creation', async () => {
  const rows = await db.select().from(tables.clusters).orderBy(tables.clusters.createTime)
  const ids = rows.map(({ id }) => id)
  expect(ids).toEqual(ids.toSorted())
})

test('seeded rows are found by their words, and counted', async () => {
  const rows = await db.select().from(tables.clusters)
  const found = await db.select().from(tables.clusterWords)
  const expected = rows.flatMap(({ id, words }) => sorted(words).map((word) => ({ word, clusterId: id })))
  expect(new Set(found.map((row) => JSON.stringify(row)))).toEqual(
    new Set(expected.map((row) => JSON.stringify(row))),
  )
  const groupBy = [{ label: 'env' }, { name: 'month' }] as const
  for (const dimensions of [[{ name: 'state' }], groupBy] as const) {
    const summary = await summarizeClusters(store.reader, {
      visibleTeams: '*',
      conditions: [],
      groupBy: dimensions,
    })
    expect(summary?.groups.reduce((sum, { count }) => sum + count, 0)).toBe(160)
  }
})

test('every cluster has a history, found by it and by its words', async () => {
  const clusters = await db.select({ id: tables.clusters.id }).from(tables.clusters)
  const targets = await db.select().from(tables.auditTargets)
  const entries = await db.select().from(tables.auditEntries)
  expect(new Set(targets.map(({ targetId }) => targetId))).toEqual(new Set(clusters.map(({ id }) => id)))
  expect(targets.map(({ entryId }) => entryId).toSorted()).toEqual(entries.map(({ id }) => id).toSorted())
  for (const { id, time, document } of entries)
    expect(JSON.parse(document)).toMatchObject({ id, time: new Date(time).toISOString() })
  const searched = db.$client.prepare('select count(*) from audit_search').pluck()
  expect(searched.get()).toBe(entries.length)
})
