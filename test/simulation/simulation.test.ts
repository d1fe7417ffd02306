import { afterAll, expect, test } from 'vitest'
import { engine } from '../engine/open-store.ts'
import { Laboratory } from './laboratory.ts'
import { planOf } from './plan.ts'
import { Simulation } from './simulation.ts'

const laboratory = new Laboratory()
afterAll(() => laboratory[Symbol.asyncDispose]())

async function run(seed: number) {
  return Simulation.run(laboratory, seed, planOf(seed))
}

/** On PostgreSQL every query waits for a server. */
const size = engine() === 'sqlite' ? 20 : 3
const batches = Array.from({ length: 10 }, (_, batch) => ({
  first: batch * size + 1,
  last: batch * size + size,
}))

test.each(batches)('seeds $first to $last keep every promise', async ({ first, last }) => {
  for (let seed = first; seed <= last; seed++) {
    const { violations } = await run(seed)
    expect({ seed, violations }).toEqual({ seed, violations: [] })
  }
})
