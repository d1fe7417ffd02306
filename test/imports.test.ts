import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

const src = join(import.meta.dirname, '../src')

/** What each folder may import of ours, beside its own files. The files at the top of `src` wire, and may import all. */
const mayImport: Record<string, readonly string[]> = {
  cluster: [],
  sandbox: [],
  vault: ['cluster'],
  // Who may: the word of outside issuers. No SQL, no HTTP of ours.
  access: ['cluster'],
  audit: ['cluster'],
  store: ['cluster', 'audit'],
  providers: ['cluster'],
  reconcile: ['cluster', 'store', 'vault', 'audit'],
  keys: ['cluster', 'store', 'vault'],
  sequence: ['cluster', 'store', 'vault', 'audit'],
  http: ['cluster', 'store', 'vault', 'access', 'keys', 'audit'],
  // Part of the top: they wire what one command needs.
  commands: [
    '',
    'cluster',
    'store',
    'vault',
    'access',
    'audit',
    'http',
    'providers',
    'reconcile',
    'keys',
    'sequence',
    'sandbox',
  ],
}

/** Packages that belong to one place. */
const packageHomes: Record<string, readonly string[]> = {
  'better-sqlite3': ['store'],
  pg: ['store'],
  'drizzle-orm': ['store'],
  // It seals what is stored, and checks the tokens of callers.
  jose: ['vault', 'access'],
}

interface SourceFile {
  /** Relative to `src`: `store/open.ts`. */
  path: string
  /** The folder of `src` that it is in, or '' at the top. */
  folder: string
  text: string
  /** Our files, relative to `src`, and names of packages. */
  ours: string[]
  packages: string[]
}

/** `import … from 'x'`, `export … from 'x'`, `import 'x'`, `import('x')`. */
const importLines =
  /^\s*(?:import|export)\s[^'"`;=(]*?\bfrom\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\('([^']+)'/gm

function readSource(path: string): SourceFile {
  const text = readFileSync(join(src, path), 'utf8')
  const targets = [...text.matchAll(importLines)].map((match) => match.slice(1).find(Boolean) ?? '')
  return {
    path,
    folder: folderOf(path),
    text,
    ours: targets
      .filter((target) => target.startsWith('.'))
      .map((target) => normalize(join(path, '..', target))),
    packages: targets.filter((target) => !target.startsWith('.')).map(packageName),
  }
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : ''
}

function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

const entries = readdirSync(src, { recursive: true, withFileTypes: true })
const relative = (entry: { parentPath: string; name: string }) =>
  join(entry.parentPath, entry.name).slice(src.length + 1)
const folders = entries.filter((entry) => entry.isDirectory()).map(relative)
const files = entries.filter((entry) => entry.isFile()).map(relative)
const sources = files.filter((path) => path.endsWith('.ts')).map(readSource)

/** `provider` of `providers/<provider>/…`, else undefined. */
function providerOf(path: string): string | undefined {
  return /^providers\/([^/]+)\//.exec(path)?.[1]
}

describe('imports go down only', () => {
  it('the import lines are found', () => {
    expect(sources.find((source) => source.path === 'vault/vault.ts')).toMatchObject({
      folder: 'vault',
      packages: ['jose'],
      ours: [
        'cluster/place.ts',
        'vault/envelope.ts',
        'vault/keyring.ts',
        'vault/place.ts',
        'vault/vault-error.ts',
      ],
    })
  })

  it('every folder has its rule', () => {
    expect(Object.keys(mayImport)).toEqual(
      expect.arrayContaining(folders.filter((path) => !path.includes('/'))),
    )
  })

  it.each(Object.entries(mayImport))('%s imports nothing of ours but %j', (folder, allowed) => {
    const others = sources
      .filter((source) => source.folder === folder)
      .flatMap(({ path, ours }) => ours.map((target) => ({ path, target })))
      .filter(({ target }) => ![folder, ...allowed].includes(folderOf(target)))
    expect(others).toEqual([])
  })

  it('a provider knows no other provider', () => {
    const foreign = sources
      .filter((source) => providerOf(source.path))
      .flatMap(({ path, ours }) => ours.map((target) => ({ path, target })))
      .filter(({ path, target }) => ![undefined, providerOf(path)].includes(providerOf(target)))
    expect(foreign).toEqual([])
  })

  it.each(Object.entries(packageHomes))('the package %s is used in %j alone', (name, homes) => {
    const users = sources.filter((source) => source.packages.includes(name) && !homes.includes(source.folder))
    expect(users.map((source) => source.path)).toEqual([])
  })

  it('every import of ours names a file that is there', () => {
    const missing = sources.flatMap(({ path, ours }) =>
      ours.filter((target) => !files.includes(target)).map((target) => ({ path, target })),
    )
    expect(missing).toEqual([])
  })
})

describe('src reads well', () => {
  it('no folder is called utils, lib, common or helpers', () => {
    const vague = folders.filter((path) =>
      /^(utils?|libs?|common|helpers?|shared|misc)$/.test(basename(path)),
    )
    expect(vague).toEqual([])
  })

  it('names are in kebab-case', () => {
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/
    expect([...folders, ...files].filter((path) => !kebab.test(basename(path)))).toEqual([])
  })

  it('no file is over 300 lines', () => {
    const long = sources.filter((source) => source.text.trimEnd().split('\n').length > 300)
    expect(long.map((source) => source.path)).toEqual([])
  })

  it('nothing is exported by a star, nor by default', () => {
    const starred = sources.filter((source) => /^\s*export\s+(\*|default\b)/m.test(source.text))
    expect(starred.map((source) => source.path)).toEqual([])
  })
})
