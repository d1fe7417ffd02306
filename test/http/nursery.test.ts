import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'

const megabyte = 2 ** 20

/** Tells, in a process that does nothing else, how much buffers that nobody holds take: before the collection, and after it. */
const program = `
import { collectNursery } from ${JSON.stringify(new URL('../../src/http/nursery.ts', import.meta.url))}
const held = () => process.memoryUsage().arrayBuffers
// What was collected is freed beside; the next collection waits for that.
collectNursery()
collectNursery()
const first = held()
for (let i = 0; i < 16; i++) Buffer.alloc(${megabyte})
const grown = held() - first
collectNursery()
collectNursery()
console.log(JSON.stringify({ grown, left: held() - first }))
`

test('a collection of the nursery gives back what buffers were in', () => {
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  })
  const { grown, left } = JSON.parse(output)
  expect(grown).toBeGreaterThanOrEqual(16 * megabyte)
  expect(left).toBeLessThan(megabyte)
})
