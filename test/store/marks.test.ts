import { afterEach, beforeEach, expect, test } from 'vitest'
import { everyTeam } from '../../src/cluster/actor.ts'
import { type ClusterRow, readClusterRow, updateClusterRow } from '../../src/store/cluster-rows.ts'
import { listClusters } from '../../src/store/read-clusters.ts'
import { Inventory, startTime } from './inventory.ts'

let inventory: Inventory
let first: ClusterRow

beforeEach(async () => {
  inventory = new Inventory()
  first = await inventory.begin()
})

afterEach(() => inventory[Symbol.asyncDispose]())

async function listed(): Promise<{ document: string; mark: string }> {
  const page = await listClusters(inventory.store, {
    visibleTeams: everyTeam,
    conditions: [],
    asked: {},
    orderBy: 'createTime',
    descending: true,
    pageSize: 1,
    pageToken: undefined,
  })
  return { document: page.documents[0] ?? '', mark: page.marks?.[0] ?? '' }
}

const at = (seconds: number) => startTime + seconds * 1000
const ready = { state: 'READY', operationStatus: 'SUCCEEDED' } as const

/** Changes of a row one after the other; each with whether the document shows it. */
const changes: [what: string, patch: Partial<ClusterRow>, isShown: boolean][] = [
  ['an observation', { observedTime: at(1), observedVia: 'poll' }, true],
  ['the same time seen in another way', { observedVia: 'sync' }, true],
  ['another attempt', { operationNextAttemptTime: at(9) }, true],
  ['a look that is due', { dueTime: at(5) }, false],
  ['a lease', { leaseOwner: 'x', leaseUntil: at(6) }, false],
  ['a state', ready, true],
  ['labels', { labels: { env: 'test' } }, true],
  ['labels as they were before', { labels: { env: 'prod' } }, true],
  ['a name that is shown', { displayName: 'other' }, true],
  ['nothing', {}, false],
]

test('a list marks a cluster anew whenever it shows it anew, and never otherwise', async () => {
  const { store } = inventory
  const marks = new Set([(await listed()).mark])
  for (const [what, patch, isShown] of changes) {
    const before = await listed()
    await store.write(async (session) =>
      updateClusterRow(store, session, await readClusterRow(session, first.id), patch),
    )
    const after = await listed()
    expect(after.document !== before.document, what).toBe(isShown)
    expect(after.mark !== before.mark, what).toBe(isShown)
    if (isShown) expect(marks, what).not.toContain(after.mark)
    marks.add(after.mark)
  }
})

test('a sync that saw the cluster as it was shows in the mark, as it does in the document', async () => {
  const { store } = inventory
  await store.write(async (session) => {
    const seen = { ...ready, observedTime: at(1), observedVia: 'poll' } as const
    await updateClusterRow(store, session, await readClusterRow(session, first.id), seen)
  })
  const before = await listed()
  const { connections } = store.reader.tables
  await store.write(async ({ db }) => {
    await db.update(connections).set({ syncedTime: at(20) })
  })
  store.syncedTimes.clear()
  const after = await listed()
  expect(after.document).not.toBe(before.document)
  expect(after.mark).not.toBe(before.mark)
})
