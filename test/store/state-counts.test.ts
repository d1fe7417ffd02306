import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { readStateCounts } from '../../src/store/measures.ts'
import { eksCluster, openHarness } from '../http/harness.ts'

test('the numbers are those of the table, through a life of changes and changes undone', async () => {
  await using harness = await openHarness()
  const { store } = harness
  const counted = async () => {
    const { db, tables } = store.reader
    const rows = await db
      .select({ provider: tables.clusters.provider, state: tables.clusters.state })
      .from(tables.clusters)
    const names = rows.map(({ provider, state }) => `${provider} ${state}`).sort()
    const told = (await readStateCounts(store)).flatMap(({ provider, state, total }) =>
      Array.from({ length: total }, () => `${provider} ${state}`),
    )
    expect(told.sort()).toEqual(names)
    return names
  }
  const id = await harness.makeCluster()
  await harness.makeCluster({ name: 'another', team: 'ads' })
  await harness.makeCluster(eksCluster)
  expect(await counted()).toEqual(['fireworks PENDING', 'zilliz PENDING', 'zilliz PENDING'])
  await harness.settle(id)
  await harness.settle(id, { stateReason: 'no other state' })
  expect(await counted()).toContain('zilliz READY')
  await expect(
    store.write(async ({ db, tables }) => {
      await db.update(tables.clusters).set({ state: 'FAILED' })
      throw new Error('undone')
    }),
  ).rejects.toThrow('undone')
  await counted()
  await store.write(async ({ db, tables }) => {
    await db.update(tables.clusters).set({ state: 'DELETED' })
  })
  expect(await counted()).toEqual(['fireworks DELETED', 'zilliz DELETED', 'zilliz DELETED'])
  await store.write(async ({ db, tables }) => {
    await db.delete(tables.clusters)
  })
  expect(await counted()).toEqual([])
})

test('a database with clusters in it gets its numbers with the migration', () => {
  const sql = (name: string) =>
    readFileSync(join(import.meta.dirname, `../../migrations/sqlite/${name}.sql`), 'utf8')
  const db = new Database(':memory:')
  db.exec('CREATE TABLE clusters (id text, provider text NOT NULL, state text NOT NULL)')
  db.exec(
    `INSERT INTO clusters VALUES ('1', 'zilliz', 'READY'), ('2', 'zilliz', 'READY'), ('3', 'zilliz', 'FAILED')`,
  )
  db.exec(sql('0007_state_counts'))
  expect(db.prepare('SELECT state, total FROM state_counts ORDER BY state').raw().all()).toEqual([
    ['FAILED', 1],
    ['READY', 2],
  ])
  db.close()
})
