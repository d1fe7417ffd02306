import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { MasterKey, parseMasterKey } from '../../src/vault/keyring.ts'

// Has both characters in which standard and URL-safe base64 differ.
const bytes = Buffer.from(`fbff${'a7'.repeat(30)}`, 'hex')

describe('a master key', () => {
  it.each([
    ['standard base64', bytes.toString('base64')],
    ['standard base64 without padding', bytes.toString('base64').replace('=', '')],
    ['URL-safe base64', bytes.toString('base64url')],
    ['URL-safe base64 with padding', `${bytes.toString('base64url')}=`],
    ['base64 in white space', `\n ${bytes.toString('base64')}\r\n`],
  ])('is read from %s', (_, text) => {
    expect(parseMasterKey(text).kid).toBe(new MasterKey(Uint8Array.from(bytes)).kid)
  })

  it.each([
    ['nothing', ' \n', 'it is empty'],
    ['31 bytes', randomBytes(31).toString('base64'), 'it has 31 bytes'],
    ['33 bytes', randomBytes(33).toString('base64'), 'it has 33 bytes'],
    ['all zeros', Buffer.alloc(32).toString('base64'), 'it is all zeros'],
    ['hex', bytes.toString('hex'), 'it has 48 bytes'],
    ['a passphrase', 'correct horse battery staple', 'it is not base64'],
    ['a mixture of both alphabets', `-/${bytes.toString('base64').slice(2)}`, 'it is not base64'],
    [
      'a mistyped last character',
      `${bytes.toString('base64').slice(0, 42)}p=`,
      'its last character cannot end',
    ],
  ])('is refused when it is %s', (_, text, reason) => {
    expect(() => parseMasterKey(text)).toThrow(reason)
    expect(() => parseMasterKey(text)).toThrow(expect.objectContaining({ code: 'malformed' }))
  })

  it('is not shown when it is refused', () => {
    const text = randomBytes(31).toString('base64')
    expect(() => parseMasterKey(text)).not.toThrow(text)
  })

  it('has an id of 16 hex digits, the same for the same key and another for another', () => {
    const key = new MasterKey(Uint8Array.from(bytes))
    expect(key.kid).toMatch(/^[0-9a-f]{16}$/)
    expect(new MasterKey(Uint8Array.from(bytes)).kid).toBe(key.kid)
    expect(new MasterKey(Uint8Array.from(randomBytes(32))).kid).not.toBe(key.kid)
  })

  it('prints as its id alone, and cannot be exported', async () => {
    const key = new MasterKey(Uint8Array.from(bytes))
    expect(inspect(key)).toBe(`MasterKey { kid: '${key.kid}' }`)
    expect(JSON.stringify(key)).toBe(JSON.stringify({ kid: key.kid }))
    expect((await key.wrappingKey()).extractable).toBe(false)
    expect(key.wrappingKey()).toBe(key.wrappingKey())
  })
})
