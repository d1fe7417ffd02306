import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { permissions, permissionsOf, roles } from '../src/cluster/actor.ts'
import { welcome } from '../src/commands/welcome.ts'
import { operations } from '../src/http/operations.ts'
import { adapters } from '../src/providers/adapters.ts'
import { settings } from '../src/settings.ts'
import { version } from '../src/version.ts'

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

/** The text under a heading, up to the next of its kind. */
function section(heading: string): string {
  const [, rest = ''] = readme.split(`\n## ${heading}\n`)
  return rest.split('\n## ', 1)[0] ?? ''
}

/** The rows of a section's table, as they are written. */
function rowsUnder(heading: string): string[] {
  const lines = section(heading).split('\n')
  const start = lines.findIndex((line) => line.startsWith('|---'))
  const end = lines.findIndex((line, i) => i > start && !line.startsWith('|'))
  return lines.slice(start + 1, end)
}

function row(...cells: string[]): string {
  return `| ${cells.join(' | ')} |`
}

describe('the README is true', () => {
  test('its settings are those that there are', () => {
    const expected = settings.map((setting) =>
      row(
        `\`${setting.name}\``,
        setting.default === null ? 'none' : `\`${setting.default}\``,
        setting.meaning,
      ),
    )
    expect(rowsUnder('Settings')).toEqual(expected)
  })

  test('its endpoints are the operations of the app, in their order', () => {
    const expected = operations(adapters, version)
      .filter((operation) => !operation.undocumented)
      .map(({ method, path, permission, summary }) => {
        const needed = permission === 'public' ? permission : `\`${permission}\``
        return row(`\`${method.toUpperCase()} ${path}\``, needed, summary)
      })
    expect(rowsUnder('Endpoints')).toEqual(expected)
  })

  test('its roles may do what roles may do', () => {
    const expected = permissions.map((permission) =>
      row(`\`${permission}\``, ...roles.map((role) => (permissionsOf[role].has(permission) ? 'yes' : '–'))),
    )
    expect(rowsUnder('Roles')).toEqual(expected)
  })

  test('its first run has the requests that the first start prints', () => {
    const url = 'http://127.0.0.1:8080'
    const printed = welcome({ url, keyFile: 'data/admin.key', newKey: null, emulators: [] })
    const curls = printed.split('\n').filter((line) => line.includes('curl '))
    expect(curls).toHaveLength(3)
    for (const curl of curls) expect(section('First run').split('\n')).toContain(curl.trim())
  })

  test('each of the seven promises names its tests', () => {
    const promises = rowsUnder('What it promises')
    expect(promises).toHaveLength(7)
    for (const promise of promises) expect(promise).toMatch(/\]\(test\/[\w./-]+\)/)
  })
})

const documents = globSync(['*.md', 'docs/**/*.md'], { cwd: root })

describe('the documents name npm scripts that there are', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

  test.each(documents)('%s', (document) => {
    const text = readFileSync(join(root, document), 'utf8')
    const named = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, script]) => script)
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named))
  })
})

/** A heading's anchor, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(/\s/g, '-')
}

describe('links between the documents lead somewhere', () => {
  test.each(documents)('%s', (document) => {
    const text = readFileSync(join(root, document), 'utf8')
    const targets = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, target = '']) => target)
    const broken = targets.filter((target) => {
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? join(root, document) : join(root, dirname(document), path)
      if (!existsSync(file)) return true
      if (anchor === undefined) return false
      const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title)
      return !headings.map(anchorOf).includes(anchor)
    })
    expect(broken).toEqual([])
  })
})
