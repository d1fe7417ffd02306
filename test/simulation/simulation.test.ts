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

/** Every write waits for a server there. */
const batches = Array.from({ length: engine() === 'sqlite' ? 10 : 3 }, (_, batch) => ({
  first: batch * 20 + 1,
  last: batch * 20 + 20,
}))

test.each(batches)('seeds $first to $last keep every promise', async ({ first, last }) => {
  for (let seed = first; seed <= last; seed++) {
    const { violations } = await run(seed)
    expect({ seed, violations }).toEqual({ seed, violations: [] })
  }
})
