import { readFile } from 'node:fs/promises'
import { type MasterKey, parseMasterKey } from '../vault/keyring.ts'
import { VaultError } from '../vault/vault-error.ts'
import { KeyCommandError, runKeyCommand } from './key-command.ts'

/** Where keys are read from. What the environment gives cannot change while the process runs. */
export type KeySource =
  | { kind: 'none' | 'environment' }
  | { kind: 'file'; path: string }
  | { kind: 'command'; command: string }

export interface KeySources {
  current: KeySource
  previous: KeySource
}

/** A master key and the text it was read from. */
export interface WrittenKey {
  key: MasterKey
  text: string
}

/** @throws VaultError */
export function readWrittenKey(text: string): WrittenKey {
  return { key: parseMasterKey(text), text: text.trim() }
}

/** Several, set apart by line ends or commas; there may be none. @throws VaultError that says which is wrong */
export function readWrittenKeys(text: string): WrittenKey[] {
  const written = text.split(/[\n,]/).filter((part) => part.trim() !== '')
  return written.map((part, i) => {
    try {
      return readWrittenKey(part)
    } catch (error) {
      if (!(error instanceof VaultError)) throw error
      throw new VaultError(error.code, `Key ${i + 1} of ${written.length}: ${error.message}`)
    }
  })
}

/** A source that did not give what it should. Its message shows no key. */
export class KeySourceError extends Error {
  override name = 'KeySourceError'
}

/** Reads a file or runs a command again. Undefined for what cannot be read again. @throws KeySourceError */
export async function readAgain<T>(
  setting: string,
  source: KeySource,
  parse: (text: string) => T,
): Promise<T | undefined> {
  try {
    if (source.kind === 'file') return parse(await readFile(source.path, 'utf8'))
    if (source.kind === 'command') return parse(await runKeyCommand(source.command))
    return undefined
  } catch (error) {
    throw new KeySourceError(`${setting}: ${reasonOf(error)}`)
  }
}

/** Why a key could not be read, without anything that might be one. */
export function reasonOf(error: unknown): string {
  if (error instanceof KeyCommandError || error instanceof VaultError) return error.message
  const code = error instanceof Error && 'code' in error ? error.code : 'unknown error'
  return `It cannot be read (${code}).`
}
