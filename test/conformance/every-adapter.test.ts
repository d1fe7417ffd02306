import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { adapters } from '../../src/providers/adapters.ts'

it.each(Object.keys(adapters))('the adapter %s goes through the conformance suite', (id) => {
  expect(existsSync(join(import.meta.dirname, `${id}.test.ts`))).toBe(true)
})
