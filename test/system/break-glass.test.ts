import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { Client } from './client.ts'
import { run } from './process.ts'
import { Serving, temporaryFolder } from './serve.ts'

const reason = 'INC-1042: the last admin left'
const breakGlass = (...options: string[]) => ['keys', 'break-glass', ...options]

async function entriesOf(client: Client, action: string): Promise<JsonObject[]> {
  return (await client.expect(200, `GET /audit-entries?action=${action}`)).auditEntries as JsonObject[]
}

test('keys make prints the text of a key, and a gateway takes it as its admin key', async () => {
  const { code, stdout, stderr } = await run(['keys', 'make'])
  expect([code, stderr]).toEqual([0, ''])
  const key = stdout.trim()
  await using serving = await Serving.start({ CLUSTERGATE_ADMIN_KEY: key })
  const me = await new Client(serving.client.url, key).expect(200, 'GET /whoami')
  expect(me).toMatchObject({ role: 'admin', team: '*', actor: { id: `key_${key.split('_')[1]}` } })
})

describe('keys break-glass', () => {
  test('opens a gateway that runs, for an hour, and is loud about it', async () => {
    await using serving = await Serving.start()
    const { code, stdout, stderr } = await run(breakGlass('--reason', reason), serving.env)
    expect([code, stderr]).toEqual([0, expect.stringContaining('may do everything until')])
    const key = stdout.trim()
    expect(key).toMatch(/^cgk_[0-9a-z]{26}_[0-9a-f]{72}$/)
    const client = new Client(serving.client.url, key)
    const me = await client.expect(200, 'GET /whoami')
    expect(me).toMatchObject({ role: 'admin', team: '*', breakGlass: true })
    const { id } = me.actor as { id: string }
    await client.expect(200, 'PUT /admin/freeze', { body: { frozen: true, reason: 'drill' } })

    expect(await entriesOf(serving.client, 'key.break-glass')).toMatchObject([
      {
        outcome: 'SUCCESS',
        reason,
        actor: { type: 'system', breakGlass: true },
        context: { interface: 'cli' },
        targets: [{ type: 'api_key', id }],
      },
    ])
    expect(await entriesOf(serving.client, 'gateway.freeze')).toMatchObject([
      { actor: { id, breakGlass: true } },
    ])
    const shown = await serving.client.expect(200, `GET /api-keys/${id}`)
    expect(shown).toMatchObject({ breakGlass: true })
    expect(Date.parse(String(shown.expireTime)) - Date.parse(String(shown.createTime))).toBeCloseTo(
      3600_000,
      -3,
    )
    await serving.process.stop()
    const lines = serving.process.stdout
      .split('\n')
      .filter((line) => line.includes('a break-glass key is used'))
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'warn', actor: id, method: 'GET', path: '/whoami' },
      { level: 'warn', actor: id, method: 'PUT', path: '/admin/freeze' },
    ])
    expect(serving.output + stderr).not.toContain(key)
  })

  test('works while the gateway writes as fast as it can, and neither loses a write', async () => {
    await using serving = await Serving.start()
    const made: number[] = []
    const stop = new AbortController()
    const writers = Array.from({ length: 4 }, async () => {
      while (!stop.signal.aborted) {
        const { status } = await serving.client.send('POST /api-keys', {
          body: { role: 'viewer', team: 'search' },
        })
        made.push(status)
      }
    })
    const results = []
    for (let i = 0; i < 2; i++) results.push(await run(breakGlass('--reason', reason), serving.env))
    stop.abort()
    await Promise.all(writers)
    expect(results.map(({ code }) => code)).toEqual([0, 0])
    expect(new Set(made)).toEqual(new Set([201]))
    expect(await entriesOf(serving.client, 'key.break-glass')).toHaveLength(2)
    const { totalSize } = await serving.client.expect(
      200,
      'GET /audit-entries?action=key.create&count=true&pageSize=1',
    )
    // One is of the admin key of the start.
    expect(totalSize).toBe(made.length + 1)
  })

  test('is ready for the gateway that starts after it', async () => {
    await using serving = await Serving.start()
    await serving.process.stop()
    const { code, stdout } = await run(breakGlass('--reason', reason, '--hours', '0.5'), serving.env)
    expect(code).toBe(0)
    await serving.startAgain()
    await new Client(serving.client.url, stdout.trim()).expect(200, 'GET /whoami')
  })

  test.each([
    [[], /Say why/],
    [['--reason', ' '], /Say why/],
    [['--reason', 'x'.repeat(513)], /512/],
    [['--reason', 'r', '--hours', '25'], /24 at the most/],
    [['--reason', 'r', '--hours', '0'], /above 0/],
    [['--reason', 'r', '--hours', 'all'], /above 0/],
    [['--reason', 'r', '--for', 'ever'], /--for/],
  ])('refuses %j', async (options, message) => {
    using folder = temporaryFolder()
    const { code, stdout, stderr } = await run(breakGlass(...options), {
      DATABASE_URL: `file:${folder.path}/a.db`,
    })
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(message)])
  })

  test('makes no database where there is none', async () => {
    using folder = temporaryFolder()
    const file = join(folder.path, 'none.db')
    const { code, stderr } = await run(breakGlass('--reason', reason), { DATABASE_URL: `file:${file}` })
    expect([code, existsSync(file), stderr]).toEqual([
      1,
      false,
      expect.stringContaining('There is no database'),
    ])
  })

  test('refuses a file that is no database', async () => {
    using folder = temporaryFolder()
    const file = join(folder.path, 'no.db')
    copyFileSync(import.meta.filename, file)
    const { code, stderr } = await run(breakGlass('--reason', reason), { DATABASE_URL: `file:${file}` })
    expect([code, stderr]).toEqual([1, expect.stringContaining('cannot be used')])
  })
})
