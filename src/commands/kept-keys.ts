import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartRefusal } from '../cluster/start-refusal.ts'
import type { Secrets } from '../config.ts'
import { type KeySources, readWrittenKey, readWrittenKeys } from '../keys/key-sources.ts'
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

/** The settings' master keys; where they give none, those of the files, where there are any. @throws StartRefusal */
export function withKeptKeys(secrets: Secrets, dataDir: string): Secrets {
  const keySources = keptKeySources(dataDir)
  if (secrets.masterKey !== null || !existsSync(keySources.current.path)) return secrets
  const master = readKept(keySources.current.path, readWrittenKey)
  const previous = existsSync(keySources.previous.path)
    ? readKept(keySources.previous.path, readWrittenKeys)
    : []
  return {
    ...secrets,
    masterKey: master.key,
    previousMasterKeys: previous.map(({ key }) => key),
    keySources,
    texts: [...secrets.texts, master.text, ...previous.map(({ text }) => text)],
  }
}

function readKept<T>(path: string, read: (text: string) => T): T {
  try {
    return read(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error instanceof VaultError) throw new StartRefusal(`${path}: ${error.message}`)
    throw error
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

/** For its owner alone, and never half of it. */
function writeWhole(path: string, text: string): void {
  const beside = `${path}.new`
  writeFileSync(beside, `${text}\n`, { mode: 0o600, flush: true })
  chmodSync(beside, 0o600)
  renameSync(beside, path)
}
