import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newId } from '../../src/cluster/id.ts'
import { openSqlite } from '../../src/store/open.ts'
import { policyFor, putPolicy } from '../../src/store/policies.ts'
import type { Store } from '../../src/store/store.ts'
import { duplicateWindowOf, putTeam } from '../../src/store/teams.ts'
import { who } from '../postgres/place.ts'

let folder: string
let store: Store

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clustergate-recall-'))
  store = openSqlite({ path: join(folder, 'test.db'), clock: { now: () => 0 }, newId })
})

afterEach(async () => {
  await store[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

let value: string | undefined
let looks = 0

async function look(): Promise<string | undefined> {
  return store.reader.recall('thing', 'name', async () => {
    looks++
    return value
  })
}

test('what was found is not looked for again until the next commit', async () => {
  value = 'old'
  looks = 0
  expect([await look(), await look(), looks]).toEqual(['old', 'old', 1])
  value = 'new'
  await store.write(async () => {})
  expect([await look(), looks]).toEqual(['new', 2])
})

test('that nothing was found is looked at again', async () => {
  value = undefined
  expect(await look()).toBeUndefined()
  value = 'there'
  expect(await look()).toBe('there')
})

test('what was read before a commit that came meanwhile is not kept', async () => {
  const reading = Promise.withResolvers<string>()
  const slow = store.reader.recall('thing', 'name', () => reading.promise)
  await store.write(async () => {})
  reading.resolve('outdated')
  expect(await slow).toBe('outdated')
  value = 'right'
  expect(await look()).toBe('right')
})

test('what has the same name and is of another kind is another thing', async () => {
  value = 'thing'
  expect(await look()).toBe('thing')
  const other = (found: string | undefined) => store.reader.recall('other', 'name', async () => found)
  expect([await other(undefined), await other('other'), await look()]).toEqual([undefined, 'other', 'thing'])
})

test('a policy and a guard that are put in a commit hold for whatever comes after them in it', async () => {
  const commits: number[] = []
  store.events.on('commit', (changes) => void commits.push(changes))
  const held = () =>
    store.write(async (session) => [
      (await policyFor(session, 'search'))?.rules,
      await duplicateWindowOf(session, 'search'),
    ])
  const [before, , , after] = await Promise.all([
    held(),
    putPolicy(store, { who }, 'search', { quotas: { clusters: 1 } }),
    putTeam(store, { who }, 'search', { duplicateWindowMs: 1000 }),
    held(),
  ])
  expect(commits).toEqual([4])
  expect(before).toEqual([undefined, null])
  expect(after).toEqual([{ quotas: { clusters: 1 } }, 1000])
})

test('what was recalled in a change that was rolled back is not recalled in the next one', async () => {
  const recalled = (found: string) =>
    store.write(async (session) => session.recall('thing', 'name', async () => found))
  const failing = store.write(async (session) => {
    await session.recall('thing', 'name', async () => 'rolled back')
    throw new Error('no')
  })
  const [failed, next] = await Promise.allSettled([failing, recalled('right')])
  expect(failed.status).toBe('rejected')
  expect(next).toMatchObject({ value: 'right' })
  expect(await recalled('of the next commit')).toBe('of the next commit')
})
