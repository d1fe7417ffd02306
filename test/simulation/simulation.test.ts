import { expect, test } from 'vitest'
import { Laboratory } from './laboratory.ts'
import { planOf } from './plan.ts'
import { Simulation } from './simulation.ts'

/** Seeds that every test run goes through; `npm run simulate` goes on from there. */
const seeds = 200
const perTest = 50

test.each(Array.from({ length: seeds / perTest }, (_, i) => 1 + i * perTest))(
  `no promise breaks under faults, crashes and a second replica, in ${perTest} histories from seed %i`,
  async (first) => {
    await using laboratory = new Laboratory()
    for (let seed = first; seed < first + perTest; seed++) {
      const { violations } = await Simulation.run(laboratory, seed, planOf(seed))
      expect(violations, `seed ${seed}; replay: npm run simulate -- --from ${seed} --seeds 1`).toEqual([])
    }
  },
)

test('a seed tells the same story every time', async () => {
  await using laboratory = new Laboratory()
  const first = await Simulation.run(laboratory, 7, planOf(7))
  const second = await Simulation.run(laboratory, 7, planOf(7))
  expect(second).toEqual(first)
})
