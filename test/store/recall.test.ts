import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newId } from '../../src/cluster/id.ts'
import { openSqlite } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'

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
