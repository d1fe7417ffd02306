import { afterAll, expect, test } from 'vitest'
import { Laboratory } from './laboratory.ts'
import { planOf } from './plan.ts'
import { Simulation } from './simulation.ts'

const laboratory = new Laboratory()
afterAll(() => laboratory[Symbol.asyncDispose]())

async function run(seed: number) {
  return Simulation.run(laboratory, seed, planOf(seed))
}

test('a seed repeats itself exactly', async () => {
  for (const seed of [3, 7, 10, 671]) {
    const { story } = await run(seed)
    expect((await run(seed)).story).toEqual(story)
  }
})
