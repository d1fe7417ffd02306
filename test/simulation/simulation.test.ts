import { afterAll, expect, test } from 'vitest'
import { Laboratory } from './laboratory.ts'
import { planOf } from './plan.ts'
import { Simulation } from './simulation.ts'

const laboratory = new Laboratory()
afterAll(() => laboratory[Symbol.asyncDispose]())

async function run(seed: number) {
  return Simulation.run(laboratory, seed, planOf(seed))
}

const batches = Array.from({ length: 10 }, (_, batch) => ({ first: batch * 20 + 1, last: batch * 20 + 20 }))

test.each(batches)('seeds $first to $last keep every promise', async ({ first, last }) => {
  for (let seed = first; seed <= last; seed++) {
    const { violations } = await run(seed)
    expect({ seed, violations }).toEqual({ seed, violations: [] })
  }
})

test('a seed repeats itself exactly', async () => {
  for (const seed of [3, 7, 10, 671]) {
    const { story } = await run(seed)
    expect((await run(seed)).story).toEqual(story)
  }
})
