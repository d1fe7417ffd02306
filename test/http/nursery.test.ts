import { expect, test } from 'vitest'
import { collectNursery } from '../../src/http/nursery.ts'

const megabyte = 2 ** 20

test('a collection of the nursery gives back what buffers were in', async () => {
  const held = () => process.memoryUsage().arrayBuffers
  collectNursery()
  const before = held()
  for (let i = 0; i < 16; i++) Buffer.alloc(megabyte)
  expect(held()).toBeGreaterThanOrEqual(before + 16 * megabyte)
  collectNursery()
  // They are freed beside, within fewer turns than would have it collected anyway.
  for (let turn = 0; turn < 1000 && held() > before; turn++) await new Promise(setImmediate)
  expect(held()).toBeLessThan(before + megabyte)
})
