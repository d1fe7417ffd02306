import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchesGlob } from '../../src/cluster/glob.ts'

test.each([
  ['*', '', true],
  ['*', 'anything', true],
  ['search-*', 'search-', true],
  ['search-*', 'search', false],
  ['*-prod', 'a-prod-prod', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['', 'a', false],
])('%s and %s: %s', (pattern, text, expected) => {
  expect(matchesGlob(pattern, text)).toBe(expected)
})

test('means what the regular expression of the same form means', () => {
  const sign = fc.constantFrom('a', 'b', '*', '?')
  const letter = fc.constantFrom('a', 'b')
  fc.assert(
    fc.property(
      fc.string({ unit: sign, maxLength: 8 }),
      fc.string({ unit: letter, maxLength: 8 }),
      (p, t) => {
        const regex = new RegExp(`^${p.replaceAll('*', '.*').replaceAll('?', '.')}$`)
        expect(matchesGlob(p, t)).toBe(regex.test(t))
      },
    ),
    { numRuns: 2000 },
  )
})

test('looks at each sign of the text at most once for each of the pattern, whatever the pattern', () => {
  let looks = 0
  const text = new Proxy(
    { length: 63 },
    {
      get: (target, key) => {
        if (key === 'length') return target.length
        looks += 1
        return 'a'
      },
    },
  ) as unknown as string
  expect(matchesGlob(`${'*a'.repeat(31)}b`, text)).toBe(false)
  expect(looks).toBeLessThanOrEqual(63 * 63)
})
