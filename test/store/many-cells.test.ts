import { and, eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { Teams } from '../../src/cluster/caller.ts'
import { newId } from '../../src/cluster/id.ts'
import { countClusters } from '../../src/store/read-clusters.ts'
import { mostCells, mostGroups, summarizeClusters } from '../../src/store/summarize-clusters.ts'
import { Inventory } from './inventory.ts'

test('what takes too many cells together is told team by team, and not where one team has too many', async () => {
  await using inventory = new Inventory()
  const first = await inventory.begin()
  const { store } = inventory
  const team = (name: string) => ({ ...first, id: newId('clu'), name, team: name, externalId: null })
  await inventory.add([team('small'), team('large')])
  await store.write(async ({ db, tables: { clusterCounts: t } }) => {
    const nowhere = { provider: '', connection: '', region: '', plan: '', state: '', management: '' }
    const kind = { cube: 'label-creator-month', labelKey: 'uid', creator: 'k', month: '2026-01', count: 1 }
    const cellOf = (i: number) => ({
      ...nowhere,
      ...kind,
      team: i < 3 ? 'small' : 'large',
      labelValue: String(i),
    })
    for (let first = 0; first <= mostCells; first += 1000) {
      const count = Math.min(1000, mostCells + 1 - first)
      await db.insert(t).values(Array.from({ length: count }, (_, i) => cellOf(first + i)))
    }
  })
  const asked = { conditions: [], groupBy: [{ label: 'uid' }] } as const
  const groupsIn = async (visibleTeams: Teams) =>
    (await summarizeClusters(store.reader, { ...asked, visibleTeams }))?.groups.length
  expect(await groupsIn(['small'])).toBe(3)
  expect(await groupsIn(['large'])).toBe(mostGroups)
  const whole = await summarizeClusters(store.reader, { ...asked, visibleTeams: '*' })
  expect(whole?.groups).toHaveLength(mostGroups)
  // So many are there, beside those that are only counted.
  expect(whole?.totalSize).toBe(3)
  await store.write(async ({ db, tables: { clusterCounts: t } }) => {
    await db
      .update(t)
      .set({ team: 'large' })
      .where(and(eq(t.labelKey, 'uid'), eq(t.team, 'small')))
  })
  expect(await groupsIn('*')).toBeUndefined()
  const present = { kind: 'test', field: 'labels', key: 'uid', test: { is: 'present' } } as const
  const selection = { visibleTeams: '*', asked: null, orderBy: 'createTime', descending: true } as const
  expect(await countClusters(store, { ...selection, conditions: [present] })).toEqual({
    rows: 0,
    atLeast: false,
  })
})
