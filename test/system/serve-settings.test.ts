import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { run } from './process.ts'
import { temporaryFolder } from './serve.ts'

const masterKey = Buffer.alloc(32, 9).toString('base64')

/** What `serve` says when it does not start. It must not print anything where the log is read. */
async function refusal(env: Record<string, string>): Promise<string> {
  const { code, stdout, stderr } = await run(['serve'], env)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  return stderr
}

describe.concurrent('serve does not start', () => {
  it('without a master key, and says how to make one', async () => {
    const said = await refusal({})
    expect(said).toContain('CLUSTERGATE_MASTER_KEY: It is not set')
    expect(said).toContain('openssl rand -base64 32')
  })

  it('with several wrong settings, of which it names each, with what to do about it', async () => {
    const said = await refusal({
      CLUSTERGATE_MASTER_KEY: 'bm90IHRoaXJ0eS10d28gYnl0ZXM=',
      CLUSTERGATE_ADMIN_KEY: 'too-short-key',
      DATABASE_URL: 'mysql://root:database-password@db/clusters',
      PORT: '80800',
      HOST: 'not a host',
      LOG_LEVEL: 'loud',
      CLUSTERGATE_POLL_MAX_MS: '1',
      CLUSTERGATE_ALLOW_LOOPBACK_UPSTREAMS: 'yes',
      CLUSTERGATE_POLL_INTIAL_MS: '5',
    })
    const named = said.split('\n').flatMap((line) => /^ {2}([A-Z_]+): .+[.?]$/.exec(line)?.[1] ?? [])
    expect(named.sort()).toEqual([
      'CLUSTERGATE_ADMIN_KEY',
      'CLUSTERGATE_ALLOW_LOOPBACK_UPSTREAMS',
      'CLUSTERGATE_MASTER_KEY',
      'CLUSTERGATE_POLL_INTIAL_MS',
      'CLUSTERGATE_POLL_MAX_MS',
      'DATABASE_URL',
      'HOST',
      'LOG_LEVEL',
      'PORT',
    ])
    expect(said).toContain(
      '"80800" is not a whole number from 0 to 65535. Correct it, or leave it out for 8080.',
    )
    expect(said).toContain('Did you mean CLUSTERGATE_POLL_INITIAL_MS?')
    for (const secret of ['bm90IHRoaXJ0', 'too-short-key', 'database-password']) {
      expect(said).not.toContain(secret)
    }
  })

  it('with the master key given twice, or in a file that is not there', async () => {
    using folder = temporaryFolder()
    const file = join(folder.path, 'master.key')
    const both = { CLUSTERGATE_MASTER_KEY: masterKey, CLUSTERGATE_MASTER_KEY_FILE: file }
    const missing = await refusal({ CLUSTERGATE_MASTER_KEY_FILE: file })
    expect(missing).toContain(`${JSON.stringify(file)} cannot be read (ENOENT)`)
    writeFileSync(file, masterKey)
    const twice = await refusal(both)
    expect(twice).toContain('CLUSTERGATE_MASTER_KEY_FILE is set too. Set one of the two.')
    expect(twice).not.toContain(masterKey)
  })

  it('with a setting given as an option, which it would pass over', async () => {
    const { code, stderr } = await run(['serve', '--port', '9000'], { CLUSTERGATE_MASTER_KEY: masterKey })
    expect(code).toBe(1)
    expect(stderr).toContain('serve takes no options, and --port is one too many.')
  })

  it('where there is no such command, and tells of those there are', async () => {
    const { code, stdout, stderr } = await run(['server'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('There is no command server.')
    expect(stderr).toContain('clustergate serve')
  })
})
