import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { StartRefusal } from '../cluster/start-refusal.ts'
import type { Secrets } from '../config.ts'
import { type KeySources, readWrittenKey, readWrittenKeys } from '../keys/key-sources.ts'
import type { Keyring } from '../vault/keyring.ts'
import { VaultError } from '../vault/vault-error.ts'

/** The files in which the sandbox run keeps its master keys. */
export function keptKeySources(dataDir: string) {
  return {
    current: { kind: 'file', path: join(dataDir, 'master.key') },
    previous: { kind: 'file', path: join(dataDir, 'master.key.previous') },
  } as const satisfies KeySources
}

export function makeMasterKeyText(): string {
  return randomBytes(32).toString('base64')
}

/**
 * The settings' master keys; where they give no current one, that of the file, if there is one. The previous ones of the
 * file are added to those of the settings. @throws StartRefusal
 */
export function withKeptKeys(secrets: Secrets, dataDir: string): Secrets {
  const keySources = keptKeySources(dataDir)
  if (secrets.masterKey !== null) return secrets
  const { current, previous } = readKeptKeys(keySources)
  return {
    ...secrets,
    ...(current && { masterKey: current.key, keySources }),
    previousMasterKeys: [...secrets.previousMasterKeys, ...previous.map(({ key }) => key)],
    texts: [...secrets.texts, ...[current, ...previous].flatMap((written) => written?.text ?? [])],
  }
}

/** So that nothing is given up that a key beside the database opens, whatever the settings give. @throws StartRefusal */
export function withEveryKeptKey(keyring: Keyring, dataDir: string): Keyring {
  const { current, previous } = readKeptKeys(keptKeySources(dataDir))
  const kept = [current, ...previous].flatMap((written) => written?.key ?? [])
  return { current: keyring.current, former: [...keyring.former, ...kept] }
}

function readKeptKeys({ current, previous }: ReturnType<typeof keptKeySources>) {
  return {
    current: readKept(current.path, readWrittenKey),
    previous: readKept(previous.path, readWrittenKeys) ?? [],
  }
}

function readKept<T>(path: string, read: (text: string) => T): T | undefined {
  if (!existsSync(path)) return undefined
  try {
    return read(readFileSync(path, 'utf8'))
  } catch (error) {
    if (!(error instanceof VaultError)) throw error
    throw new StartRefusal(`${path}: ${error.message} Put the right key there, or move the file away.`)
  }
}

/**
 * Puts a new master key into the file of the current one, and the one that was there into that of the previous ones.
 * In this order: whoever stops in between has lost nothing.
 */
export function replaceKeyFile({ current, previous }: { current: string; previous: string }): void {
  const replaced = readFileSync(current, 'utf8').trim()
  const earlier = existsSync(previous) ? readFileSync(previous, 'utf8').split('\n') : []
  const lines = [replaced, ...earlier.map((line) => line.trim())].filter((line) => line !== '')
  writeWhole(previous, [...new Set(lines)].join('\n'))
  writeWhole(current, makeMasterKeyText())
}

/** For its owner alone, never half of it, and still there after a power cut. */
function writeWhole(path: string, text: string): void {
  const beside = `${path}.new`
  try {
    writeFileSync(beside, `${text}\n`, { mode: 0o600, flag: 'wx', flush: true })
    renameSync(beside, path)
    flushFolder(dirname(path))
  } catch (error) {
    throw notWritten(path, error)
  }
}

function flushFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function notWritten(path: string, error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error)) return error
  if (error.code !== 'EEXIST') return new StartRefusal(`${path} cannot be written (${error.code}).`)
  return new StartRefusal(
    `${path}.new is there already: somebody else is putting a key there, or was stopped in the middle. ` +
      'Once you are sure that nobody is, remove it: nothing is sealed with what is in it. Then try again.',
  )
}
