import { createHash } from 'node:crypto'
import type { CryptoKey } from 'jose'
import { VaultError } from './vault-error.ts'

const keyBytes = 32
const keyIdLabel = 'clustergate master key id v1\0'
const base64 = /^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)={0,2}$/

/** A key that wraps data keys. It keeps no bytes, only an imported key that cannot be exported, so printing it shows its id. */
export class MasterKey {
  /** First 16 hex digits of a labelled SHA-256 of the key: tells keys apart, reveals nothing. */
  readonly kid: string
  readonly #wrappingKey: Promise<CryptoKey>

  /** @throws VaultError `malformed` unless `bytes` are 32 and not all zero */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    if (bytes.length !== keyBytes) throw malformed(`it has ${bytes.length} bytes`)
    if (bytes.every((byte) => byte === 0)) throw malformed('it is all zeros')
    this.kid = createHash('sha256').update(keyIdLabel).update(bytes).digest('hex').slice(0, 16)
    this.#wrappingKey = crypto.subtle.importKey('raw', bytes, 'AES-KW', false, ['wrapKey', 'unwrapKey'])
  }

  /** For AES key wrap (RFC 3394). Imported once. */
  wrappingKey(): Promise<CryptoKey> {
    return this.#wrappingKey
  }
}

/** The current key seals; the former ones still open what they sealed. A vault heeds every change of it at once. */
export interface Keyring {
  current: MasterKey
  former: readonly MasterKey[]
}

/**
 * Reads a master key: standard or URL-safe base64 of 32 bytes, padded or not, white space around it ignored.
 * @throws VaultError `malformed`, saying what is wrong without showing the text
 */
export function parseMasterKey(text: string): MasterKey {
  const trimmed = text.trim()
  if (trimmed === '') throw malformed('it is empty')
  if (!base64.test(trimmed)) throw malformed('it is not base64')
  const bytes = Uint8Array.from(Buffer.from(trimmed, 'base64url'))
  const key = new MasterKey(bytes)
  if (!isCanonical(trimmed, bytes)) throw malformed('its last character cannot end the base64 of 32 bytes')
  return key
}

/** Base64 of 32 bytes leaves two bits unused: where they are set, a character was mistyped. */
function isCanonical(text: string, bytes: Uint8Array): boolean {
  const urlSafe = text.replaceAll('+', '-').replaceAll('/', '_').replace(/=$/, '')
  return Buffer.from(bytes).toString('base64url') === urlSafe
}

function malformed(what: string): VaultError {
  return new VaultError('malformed', `A master key is the base64 of ${keyBytes} random bytes; ${what}.`)
}
