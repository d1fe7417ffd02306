import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { type StoreEvents, Teller } from '../../src/store/announcements.ts'

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
