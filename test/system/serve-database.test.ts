import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from './process.ts'
import { Serving } from './serve.ts'

/** One deployment whose database holds something; what is refused must leave it as it was. */
let serving: Serving

beforeAll(async () => {
  serving = await Serving.start()
  const body = { role: 'viewer', team: 'search', displayName: 'kept' }
  await serving.client.expect(201, 'POST /api-keys', { body })
})
afterAll(() => serving[Symbol.asyncDispose]())

async function refusal(env: Record<string, string>): Promise<string> {
  const { code, stdout, stderr } = await run(['serve'], { ...serving.env, ...env })
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  for (const secret of [serving.masterKey, serving.adminKey]) expect(stderr).not.toContain(secret)
  expect(stderr).not.toMatch(/\n {4}at /)
  return stderr
}

async function stillServes(): Promise<void> {
  const keys = await serving.client.all('/api-keys', 'apiKeys')
  expect(keys).toContainEqual(expect.objectContaining({ displayName: 'kept' }))
}

describe('serve does not start', () => {
  it('while another process has the database, which goes on undisturbed', async () => {
    const said = await refusal({})
    expect(said).toContain(`${serving.databaseFile} is in use by another clustergate process.`)
    await stillServes()
  })

  it('on a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const said = await refusal({ PORT: port, DATABASE_URL: `file:${serving.folder.path}/other.db` })
    expect(said.trim()).toBe(
      `Cannot listen on 127.0.0.1:${port} (EADDRINUSE). Set PORT or HOST to one that is free.`,
    )
    other.close()
  })

  it('where the database cannot be opened', async () => {
    const { path } = serving.folder
    writeFileSync(
      `${path}/letter.txt`,
      'This is no database, and it is longer than a header of one would be. '.repeat(20),
    )
    for (const file of [`${path}/letter.txt`, `${path}/letter.txt/gateway.db`]) {
      const said = await refusal({ DATABASE_URL: `file:${file}` })
      expect(said).toContain(`${file} cannot be used (`)
      expect(said).toContain('Have DATABASE_URL name a SQLite database')
    }
  })

  it('with a master key that does not open what is stored', async () => {
    expect(await serving.process.stop()).toBe(0)
    const key = randomBytes(32).toString('base64')
    const said = await refusal({ CLUSTERGATE_MASTER_KEY: key })
    expect(said).toContain('do not open all that this database holds')
    expect(said).toMatch(
      /Master key [0-9a-f]{16} is missing: .*1 value of meta\.value and 1 value of audit_signing_keys\.sealed_private_key need it\./,
    )
    expect(said).toContain('Start with the missing key in CLUSTERGATE_PREVIOUS_MASTER_KEYS')
    expect(said).not.toContain(key)
    await serving.startAgain()
    await stillServes()
  })

  it('on the database of a newer version', async () => {
    expect(await serving.process.stop()).toBe(0)
    const db = new Database(serving.databaseFile)
    const newer = `INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('of-tomorrow', 9999999999999)`
    db.exec(newer)
    const said = await refusal({})
    expect(said).toContain(`${serving.databaseFile} was last opened by a newer clustergate.`)
    db.exec(`DELETE FROM __drizzle_migrations WHERE hash = 'of-tomorrow'`)
    db.close()
    await serving.startAgain()
    await stillServes()
  })
})
