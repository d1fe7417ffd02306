import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const page = readFileSync(join(root, 'docs/security.md'), 'utf8')

/** Links to tests: the words of a link and its file. */
const links = [...page.matchAll(/\[([^\]]+)\]\(\.\.\/(test\/[^)#]+)\)/g)].map(
  ([, words = '', file = '']) => ({
    words,
    file,
  }),
)

/** As source text has it, between whichever quotes. */
const spellings = (name: string) => [name, name.replaceAll("'", "\\'")]

describe('the security page', () => {
  test.each(links.filter(({ words }) => words !== 'a test').map(({ words, file }) => [words, file]))(
    '"%s" is a test of %s',
    (name, file) => {
      expect(existsSync(join(root, file))).toBe(true)
      const source = readFileSync(join(root, file), 'utf8')
      expect(spellings(name).some((spelling) => source.includes(spelling))).toBe(true)
    },
  )

  test('each line that says what somebody cannot do, or what is done, names a test', () => {
    const rows = page
      .split('\n')
      .filter((line) => line.startsWith('| ') && !/^\| (Whoever|\| Risk)/.test(line))
    const claims = (line: string) => line.split('|')[3]?.trim() !== ''
    const unheld = rows.filter((line) => claims(line) && !line.includes('](../test/'))
    expect(rows.length).toBeGreaterThan(30)
    expect(unheld).toEqual([])
  })

  test('has the ten rows of OWASP', () => {
    const numbers = [...page.matchAll(/^\| API(\d+) \|/gm)].map(([, number]) => Number(number))
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })
})
