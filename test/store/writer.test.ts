import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newId } from '../../src/cluster/id.ts'
import { openSqlite } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'

let folder: string
let store: Store
let turn = 0
let counting: NodeJS.Immediate

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clustergate-'))
  store = openSqlite({ path: join(folder, 'store.db'), clock: { now: () => 0 }, newId })
  const count = () => {
    turn++
    counting = setImmediate(count)
  }
  count()
})

afterEach(async () => {
  clearImmediate(counting)
  await store[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

/** Longer than changes may keep the thread from others. */
function work(): void {
  const endMs = performance.now() + 1
  while (performance.now() < endMs);
}

/** Has so many changes made together. Answers in which turn of the event loop each was made, and told of. */
async function change(count: number): Promise<{ made: number[]; told: number[] }> {
  const made: number[] = []
  const told: number[] = []
  const changes = Array.from({ length: count }, async () => {
    await store.write(async () => {
      made.push(turn)
      work()
    })
    told.push(turn)
  })
  await Promise.all(changes)
  return { made, told }
}

test('changes that share a commit let others have two turns between any two of them', async () => {
  const commits: number[] = []
  store.events.on('commit', (changes) => void commits.push(changes))
  const { made } = await change(12)
  expect(commits).toEqual([12])
  const between = made.slice(1).map((at, index) => at - (made[index] ?? 0))
  expect(Math.min(...between)).toBeGreaterThanOrEqual(2)
})

test('those who share a commit are told of it two a turn', async () => {
  const { made, told } = await change(12)
  expect(Math.min(...told)).toBeGreaterThan(Math.max(...made))
  const perTurn = [...Map.groupBy(told, (at) => at).values()].map((each) => each.length)
  expect(perTurn).toEqual([2, 2, 2, 2, 2, 2])
})

test('while others work, changes let them have a third turn', async () => {
  let working: NodeJS.Immediate
  const othersWork = () => {
    work()
    working = setImmediate(othersWork)
  }
  othersWork()
  const { made } = await change(6).finally(() => clearImmediate(working))
  expect(made.slice(1).map((at, index) => at - (made[index] ?? 0))).toEqual([3, 3, 3, 3, 3])
})
