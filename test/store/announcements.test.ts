import { EventEmitter } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newId } from '../../src/cluster/id.ts'
import { type StoreEvents, Teller } from '../../src/store/announcements.ts'
import { openSqlite } from '../../src/store/open.ts'

test('what several changes announce in one turn is told together, each once', async () => {
  const events = new EventEmitter<StoreEvents>()
  const heard: string[] = []
  events.on('due', () => void heard.push('due'))
  events.on('cluster', (id) => void heard.push(id))
  const teller = new Teller(events)
  teller.tell([
    ['cluster', 'a'],
    ['due', undefined],
  ])
  teller.tell([
    ['cluster', 'b'],
    ['due', undefined],
    ['cluster', 'a'],
  ])
  teller.tell([])
  expect(heard).toEqual([])
  await new Promise((resolve) => setImmediate(resolve))
  expect(heard).toEqual(['a', 'due', 'b'])
  teller.tell([['due', undefined]])
  await new Promise((resolve) => setImmediate(resolve))
  expect(heard).toEqual(['a', 'due', 'b', 'due'])
})

test('changes that share a commit are told of once, and those that were rolled back not at all', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'clustergate-'))
  const store = openSqlite({ path: join(folder, 'store.db'), clock: { now: () => 0 }, newId })
  try {
    const heard: string[] = []
    store.events.on('due', () => void heard.push('due'))
    store.events.on('cluster', (id) => void heard.push(id))
    store.events.on('commit', (changes) => void heard.push(`commit of ${changes}`))
    const changes = Array.from({ length: 8 }, (_, i) =>
      store.write(async (session) => {
        session.announce('cluster', `c${i}`)
        session.announce('due')
        if (i === 3) throw new Error('no')
      }),
    )
    await Promise.allSettled(changes)
    await new Promise((resolve) => setImmediate(resolve))
    expect(heard).toEqual(['commit of 8', 'c0', 'due', 'c1', 'c2', 'c4', 'c5', 'c6', 'c7'])
  } finally {
    await store[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  }
})
