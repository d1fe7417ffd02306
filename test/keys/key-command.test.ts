import { chmodSync, mkdtempDisposableSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  KeyCommandError,
  runKeyCommand,
  runKeyCommandSync,
  splitCommand,
} from '../../src/keys/key-command.ts'

describe('a command is split into words', () => {
  it.each([
    ['vault kv get -field=key secret/gate', ['vault', 'kv', 'get', '-field=key', 'secret/gate']],
    ['  cat\t/run/key\n', ['cat', '/run/key']],
    [`aws --query 'a b' "c  d"`, ['aws', '--query', 'a b', 'c  d']],
    [`--query="a b"c 'it"s'`, ['--query=a bc', 'it"s']],
    ['cat $HOME/key | tr a b; `id` *', ['cat', '$HOME/key', '|', 'tr', 'a', 'b;', '`id`', '*']],
    [`cat ''`, ['cat', '']],
  ])('%s', (command, words) => {
    expect(splitCommand(command)).toEqual(words)
  })

  it.each([
    ['cat "key', /quote is not closed/],
    ["cat it's", /quote is not closed/],
    ['  ', /names no program/],
  ])('but not %j', (command, message) => {
    expect(() => splitCommand(command)).toThrow(KeyCommandError)
    expect(() => splitCommand(command)).toThrow(message)
  })
})

/** Both ways to run one: while the process starts, and while it runs. */
const ways = [
  ['at the start', async (command: string) => runKeyCommandSync(command)],
  ['while running', runKeyCommand],
] as const

describe.each(ways)('%s', (_, run) => {
  it('gives what the command prints', async () => {
    expect(await run(`printf '%s\\n' abc`)).toBe('abc\n')
  })

  it('no shell sees it', async () => {
    expect(await run('echo $HOME | tr a b')).toBe('$HOME | tr a b\n')
  })

  it('the keys of this process are not in its environment', async () => {
    process.env.CLUSTERGATE_ADMIN_KEY = 'hush-admin'
    process.env.CLUSTERGATE_PREVIOUS_MASTER_KEYS = 'hush-keys'
    process.env.KEY_COMMAND_TEST = 'told'
    try {
      const printed = await run('env')
      expect(printed).toContain('KEY_COMMAND_TEST=told')
      expect(printed).not.toContain('hush')
    } finally {
      for (const name of ['ADMIN_KEY', 'PREVIOUS_MASTER_KEYS']) delete process.env[`CLUSTERGATE_${name}`]
      delete process.env.KEY_COMMAND_TEST
    }
  })

  it.each([
    [
      'a program that is not there',
      'no-such-program --token hush',
      /^"no-such-program" cannot be started \(ENOENT\)/,
    ],
    [
      'an end with an error',
      `sh -c 'echo hush; echo hush >&2; exit 3'`,
      /^"sh" ended with 3\. Run it by hand/,
    ],
    ['an end by a signal', `sh -c 'echo hush; kill -TERM $$'`, /^"sh" was ended by SIGTERM/],
    ['more than a key', `sh -c 'yes hush | head -c 100000'`, /^"sh" printed more than a key/],
  ])('%s is told in one message, which shows nothing that was printed', async (_name, command, message) => {
    const error: unknown = await run(command).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(KeyCommandError)
    expect((error as Error).message).toMatch(message)
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('hush')
    expect((error as Error).cause).toBeUndefined()
  })

  it('a command that does not end is ended', { timeout: 30_000 }, async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'clustergate-'))
    const script = join(folder.path, 'stubborn')
    writeFileSync(script, `#!/bin/sh\ntrap '' TERM\necho hush\nexec sleep 600\n`)
    chmodSync(script, 0o700)
    await expect(run(script)).rejects.toThrow(/stubborn" gave no key within 10 seconds/)
  })
})
