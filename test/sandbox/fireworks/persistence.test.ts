import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { CLUSTERS, openSandbox } from './fixture.ts'

let folder = ''
let stateFile = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fireworks-sandbox-'))
  stateFile = join(folder, 'state.json')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('clusters, the audit log and suspensions outlive the process, and time does not run backwards', async () => {
  const before = openSandbox({ stateFile })
  await before.create('one')
  before.clock.advance(30_000)
  await before.create('two')
  await before.call('DELETE', `${CLUSTERS}/two`)
  const clusters = (await before.call('GET', CLUSTERS)).body
  const log = (await before.call('GET', '/v1/accounts/sandbox/auditLogs')).body
  const after = openSandbox({ stateFile })
  expect((await after.call('GET', CLUSTERS)).body).toEqual(clusters)
  expect(clusters).toMatchObject({ clusters: [{ state: 'READY' }, { state: 'DELETING' }] })
  expect((await after.call('GET', '/v1/accounts/sandbox/auditLogs')).body).toEqual(log)
  after.sandbox.suspend('sandbox', 'FAILED_PAYMENTS')
  expect((await openSandbox({ stateFile }).call('GET', CLUSTERS)).status).toBe(403)
})

it('a cluster whose reply was lost is kept all the same', async () => {
  const before = openSandbox({ stateFile })
  before.sandbox.faults.add({ operation: 'createCluster', fault: { kind: 'dropAfter' } })
  await expect(before.create('one')).rejects.toThrow('The connection was dropped.')
  expect((await openSandbox({ stateFile }).call('GET', `${CLUSTERS}/one`)).status).toBe(200)
})

it('the file is its owner’s alone and holds no key', async () => {
  const { create, sandbox } = openSandbox({ stateFile, apiKey: 'secret-key-of-the-sandbox' })
  await create('one')
  sandbox.addCluster({ clusterId: 'two' })
  expect(statSync(stateFile).mode & 0o077).toBe(0)
  expect(readFileSync(stateFile, 'utf8')).not.toContain('secret-key-of-the-sandbox')
})

it('a file that is not a state is refused rather than overwritten', () => {
  writeFileSync(stateFile, '{"version":9}')
  expect(() => openSandbox({ stateFile })).toThrow()
})
