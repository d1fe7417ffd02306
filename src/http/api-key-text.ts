import { hash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** `cgk_`, the key's id without its prefix, 32 random bytes, and a checksum of all that. Hex but for the id. */
const format = /^(cgk_[0-9a-z]{26}_[0-9a-f]{64})([0-9a-f]{8})$/

/**
 * Makes the text of a new API key. The prefix lets secret scanners find it, the id tells a leaked key's owner, and
 * the checksum tells a mistyped key from an unknown one.
 */
export function makeApiKeyText(id: string): string {
  const text = `cgk_${id.slice(id.lastIndexOf('_') + 1)}_${randomBytes(32).toString('hex')}`
  return text + checksum(text)
}

/** The id of the key that a text in our own format belongs to; null for any other text. */
export function idInApiKey(text: string): string | null {
  return format.test(text) ? `key_${text.split('_')[1]}` : null
}

/** SHA-256 in hex: all that is stored of a key. */
export function hashApiKey(text: string): string {
  return hash('sha256', text)
}

/** True for a text in our own format whose checksum is wrong: no such key was ever made. */
export function isMistyped(text: string): boolean {
  const [, body, sum] = format.exec(text) ?? []
  return body !== undefined && checksum(body) !== sum
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0')
}
