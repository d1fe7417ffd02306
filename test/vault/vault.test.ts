import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Place } from '../../src/cluster/place.ts'
import { MasterKey } from '../../src/vault/keyring.ts'
import { createVault } from '../../src/vault/vault.ts'
import { VaultError, type VaultErrorCode } from '../../src/vault/vault-error.ts'

const place: Place = { table: 'connections', row: 'con_01', column: 'api_key', team: 'ml' }
const secret = 'fw_a-secret-nobody-may-see'

function newKey(): MasterKey {
  return new MasterKey(Uint8Array.from(randomBytes(32)))
}

const key = newKey()
const vault = createVault({ current: key, former: [] })

async function failureOf(opening: Promise<string>): Promise<VaultError> {
  const outcome = await opening.catch((error: unknown) => error)
  if (outcome instanceof VaultError) return outcome
  throw new Error('It opened, or failed as something else.', { cause: outcome })
}

async function codeOf(opening: Promise<string>): Promise<VaultErrorCode> {
  return (await failureOf(opening)).code
}

const wellFormed = fc.string({ unit: 'binary', maxLength: 200 })
const places = fc.record({ table: wellFormed, row: wellFormed, column: wellFormed, team: wellFormed })

describe('what is sealed', () => {
  it('opens as it was, in its place, whatever the text', async () => {
    await fc.assert(
      fc.asyncProperty(wellFormed, places, async (text, where) => {
        expect(await vault.open(await vault.seal(text, where), where)).toBe(text)
      }),
    )
  })

  it('opens when its text is empty, begins with a byte order mark, or is long', async () => {
    for (const text of ['', '\uFEFFkey', 'x'.repeat(300_000)]) {
      expect(await vault.open(await vault.seal(text, place), place)).toBe(text)
    }
  })

  it('says what it is and under which key, and not what it holds', async () => {
    const envelope = await vault.seal(secret, place)
    expect(envelope).not.toContain(secret)
    expect(envelope).not.toContain(Buffer.from(secret).toString('base64url'))
    expect(JSON.parse(envelope).header).toEqual({ kid: vault.kid })
    const header = Buffer.from(JSON.parse(envelope).protected, 'base64url').toString()
    expect(JSON.parse(header)).toEqual({ typ: 'clustergate+jwe', alg: 'A256KW', enc: 'A256GCM' })
  })

  it('differs each time, as each has a data key and a nonce of its own', async () => {
    const [one, two] = await Promise.all([vault.seal(secret, place), vault.seal(secret, place)])
    for (const member of ['encrypted_key', 'iv', 'ciphertext', 'tag']) {
      expect(JSON.parse(one)[member]).not.toBe(JSON.parse(two)[member])
    }
  })

  it('is refused where UTF-8 could not give it back', async () => {
    expect(await codeOf(vault.seal('half a \uD83D smile', place))).toBe('malformed')
  })
})

describe('what is moved', () => {
  it.each([
    ['table', { ...place, table: 'clusters' }],
    ['row', { ...place, row: 'con_02' }],
    ['column', { ...place, column: 'password' }],
    ['team', { ...place, team: 'search' }],
  ])('does not open at another %s', async (_, elsewhere) => {
    expect(await codeOf(vault.open(await vault.seal(secret, place), elsewhere))).toBe('wrong-place')
  })

  it('does not open at any other place', async () => {
    await fc.assert(
      fc.asyncProperty(places, places, async (from, to) => {
        fc.pre(JSON.stringify(from) !== JSON.stringify(to))
        expect(await codeOf(vault.open(await vault.seal(secret, from), to))).toBe('wrong-place')
      }),
    )
  })

  it('does not open when its place is rewritten to fit', async () => {
    const elsewhere = { ...place, row: 'con_02' }
    const there = JSON.parse(await vault.seal('other', elsewhere))
    const moved = JSON.stringify({ ...JSON.parse(await vault.seal(secret, place)), aad: there.aad })
    expect(await codeOf(vault.open(moved, elsewhere))).toBe('tampered')
  })
})

describe('what is changed', () => {
  function flip(text: string, at: number, bit: number): string {
    const bytes = Buffer.from(text)
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at)
    return bytes.toString()
  }

  it('does not open with any one bit of it flipped', async () => {
    const envelope = await vault.seal(secret, place)
    for (let at = 0; at < envelope.length; at++) {
      const codes = [0, 1, 2, 3, 4, 5, 6, 7].map((bit) => codeOf(vault.open(flip(envelope, at, bit), place)))
      await expect(Promise.all(codes), `bit of character ${at}`).resolves.toHaveLength(8)
    }
  })

  it('does not open with several bits flipped, whatever it holds and wherever it belongs', async () => {
    const flips = fc.uniqueArray(fc.record({ at: fc.nat(), bit: fc.nat(7) }), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(wellFormed, places, flips, async (text, where, changes) => {
        const envelope = await vault.seal(text, where)
        const flipped = changes.reduce((t, { at, bit }) => flip(t, at % Buffer.byteLength(t), bit), envelope)
        fc.pre(flipped !== envelope)
        const error = await failureOf(vault.open(flipped, where))
        expect(['unknown-key', 'wrong-place', 'tampered', 'malformed']).toContain(error.code)
      }),
    )
  })

  it('does not open with a member of another envelope', async () => {
    const [one, two] = await Promise.all([vault.seal(secret, place), vault.seal('other', place)])
    for (const member of ['encrypted_key', 'iv', 'ciphertext', 'tag']) {
      const mixed = JSON.stringify({ ...JSON.parse(one), [member]: JSON.parse(two)[member] })
      expect(await codeOf(vault.open(mixed, place)), member).toBe('tampered')
    }
  })

  it('is not read at all when it is not an envelope', async () => {
    const whole = JSON.parse(await vault.seal(secret, place))
    const { header: _, ...nameless } = whole
    const others = [
      '',
      'null',
      '[]',
      '{}',
      secret,
      JSON.stringify({ ...whole, extra: 1 }),
      ` ${JSON.stringify(whole)}`,
    ]
    for (const text of [...others, JSON.stringify({ ...whole, protected: 'e30' })]) {
      expect(await codeOf(vault.open(text, place)), text).toBe('malformed')
    }
    const error = await failureOf(vault.open(JSON.stringify(nameless), place))
    expect(error).toMatchObject({ code: 'malformed', message: 'The envelope names no master key.' })
  })
})

describe('another master key', () => {
  it('is refused by the id of the one that sealed', async () => {
    const other = createVault({ current: newKey(), former: [newKey()] })
    const error = await failureOf(other.open(await vault.seal(secret, place), place))
    expect(error.code).toBe('unknown-key')
    expect(error.message).toContain(vault.kid)
  })

  it('opens what it sealed when it was current', async () => {
    const later = createVault({ current: newKey(), former: [newKey(), key] })
    expect(await later.open(await vault.seal(secret, place), place)).toBe(secret)
    expect(JSON.parse(await later.seal(secret, place)).header.kid).not.toBe(vault.kid)
  })

  it('does not open under an id that is not its own', async () => {
    const later = createVault({ current: newKey(), former: [key] })
    const relabelled = JSON.parse(await vault.seal(secret, place))
    relabelled.header.kid = later.kid
    expect(await codeOf(later.open(JSON.stringify(relabelled), place))).toBe('tampered')
  })
})

it('no failure shows the secret, the key, or what the envelope holds', async () => {
  const bytes = randomBytes(32)
  const own = createVault({ current: new MasterKey(Uint8Array.from(bytes)), former: [] })
  const envelope = await own.seal(secret, place)
  const failures = await Promise.all([
    failureOf(vault.open(envelope, place)),
    failureOf(own.open(envelope, { ...place, row: 'con_02' })),
    failureOf(own.open(JSON.stringify({ ...JSON.parse(envelope), tag: 'A'.repeat(22) }), place)),
    failureOf(own.open(secret, place)),
    failureOf(own.seal(`${secret}\uD83D`, place)),
  ])
  expect(failures.map((error) => error.code)).toEqual([
    'unknown-key',
    'wrong-place',
    'tampered',
    'malformed',
    'malformed',
  ])
  const hidden = [secret, bytes.toString('hex'), bytes.toString('base64'), JSON.parse(envelope).ciphertext]
  for (const error of failures) {
    const told = `${error.message} ${error.stack} ${JSON.stringify(error)}`
    for (const text of hidden) expect(told).not.toContain(text)
    expect(error.cause).toBeUndefined()
  }
})
