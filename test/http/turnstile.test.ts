import { expect, test } from 'vitest'
import { Turnstile } from '../../src/http/turnstile.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('so many pass at once, and the others a turn later each, in their order', async () => {
  const turnstile = new Turnstile(2)
  const passed: number[] = []
  const entered = [1, 2, 3, 4, 5].map((each) => {
    const wait = turnstile.pass()
    if (wait === undefined) passed.push(each)
    return wait?.then(() => void passed.push(each))
  })
  expect(passed).toEqual([1, 2])
  await turn()
  expect(passed).toEqual([1, 2, 3, 4])
  await turn()
  expect(passed).toEqual([1, 2, 3, 4, 5])
  await Promise.all(entered)
})

test('whoever comes while others wait passes behind them', async () => {
  const turnstile = new Turnstile(1)
  const passed: string[] = []
  const enter = async (name: string) => {
    await turnstile.pass()
    passed.push(name)
  }
  const all = [enter('a'), enter('b'), enter('c')]
  await turn()
  all.push(enter('d'))
  await Promise.all(all)
  expect(passed).toEqual(['a', 'b', 'c', 'd'])
})

test('whoever comes alone never waits', async () => {
  const turnstile = new Turnstile(1)
  for (let i = 0; i < 3; i++) {
    expect(turnstile.pass()).toBeUndefined()
    await turn()
    await turn()
  }
})
