import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

test('a run that starts PostgreSQL and fails does not end with code 0', () => {
  const server = join(import.meta.dirname, 'postgres-server.ts')
  const script = `import(${JSON.stringify(server)}).then(() => { process.exitCode = 3 })`
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 3, stderr: '' })
})
