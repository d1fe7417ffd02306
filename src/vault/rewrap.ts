import type { CryptoKey } from 'jose'
import type { Place } from '../cluster/place.ts'
import { readEnvelope, writeEnvelope } from './envelope.ts'
import type { Keyring } from './keyring.ts'
import { keyOf, type Vault } from './vault.ts'
import { VaultError } from './vault-error.ts'

/**
 * Wraps the data key of an envelope anew, under the current master key. What it protects is neither opened nor touched:
 * `kid` and `encrypted_key` alone are replaced. @throws VaultError
 */
export async function rewrap(keyring: Keyring, text: string): Promise<string> {
  const envelope = readEnvelope(text)
  const former = await keyOf(keyring, envelope, 'What is to be wrapped anew').wrappingKey()
  const { current } = keyring
  const wrapped = Buffer.from(envelope.encrypted_key, 'base64url')
  const dataKey = await unwrap(wrapped, former)
  const renewed = await crypto.subtle.wrapKey('raw', dataKey, await current.wrappingKey(), 'AES-KW')
  return writeEnvelope({
    ...envelope,
    header: { kid: current.kid },
    encrypted_key: Buffer.from(renewed).toString('base64url'),
  })
}

async function unwrap(wrapped: Uint8Array<ArrayBuffer>, key: CryptoKey): Promise<CryptoKey> {
  try {
    return await crypto.subtle.unwrapKey('raw', wrapped, key, 'AES-KW', 'AES-GCM', true, ['encrypt'])
  } catch {
    // RFC 3394 checks what it unwraps; which byte is wrong nobody can tell.
    throw new VaultError('tampered', 'What is to be wrapped anew is not what was sealed.')
  }
}

/** Seals for `to` what was sealed for `from`. @throws VaultError */
export async function reseal(vault: Vault, envelope: string, from: Place, to: Place): Promise<string> {
  return vault.seal(await vault.open(envelope, from), to)
}
