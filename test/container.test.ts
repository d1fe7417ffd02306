import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startOf } from './start-of.ts'

const dockerfile = readFileSync(new URL('../Dockerfile', import.meta.url), 'utf8')
const { env, options } = startOf('clustergate')

test('both npm scripts start Node alike', () => {
  expect(startOf('start')).toEqual({ env, options })
})

test('the container starts Node as the npm scripts do', () => {
  const [, entrypoint = ''] = /^ENTRYPOINT (.*)$/m.exec(dockerfile) ?? []
  expect(JSON.parse(entrypoint)).toEqual(['node', ...options, 'src/main.ts'])
  const { NODE_COMPILE_CACHE, ...tuned } = env
  expect(Object.keys(tuned)).not.toEqual([])
  const set = Object.entries(tuned).map(([name, value]) => `${name}=${value}`)
  expect(dockerfile.split(/[\s\\]+/)).toEqual(expect.arrayContaining(set))
  expect(dockerfile).toContain(`NODE_COMPILE_CACHE=/app/${NODE_COMPILE_CACHE}`)
})
