import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SecretValues } from '../../src/vault/secret-values.ts'

describe('a value that was added', () => {
  it('is hidden wherever it occurs, and nothing else is', () => {
    const secrets = new SecretValues()
    secrets.add('s3cret-one')
    secrets.add('s3cret-two')
    const text = 's3cret-one, s3cret-two and s3cret-on; s3cret-ones3cret-one.'
    expect(secrets.scrub(text)).toBe('[redacted], [redacted] and s3cret-on; [redacted][redacted].')
  })

  it.each([
    ['in JSON', (value: string) => JSON.stringify({ value })],
    ['in JSON within JSON', (value: string) => JSON.stringify({ body: JSON.stringify({ value }) })],
    ['in a URL', (value: string) => `https://host/?key=${encodeURIComponent(value)}`],
  ])('is hidden %s', (_, write) => {
    const secrets = new SecretValues()
    secrets.add('pass"wörd\\ &\n')
    expect(secrets.scrub(write('pass"wörd\\ &\n'))).toMatch(
      /^[^pw]*\[redacted\]\W*$|^https:\/\/host\/\?key=\[redacted\]$/,
    )
  })

  it('is hidden whole where a shorter one begins alike, and together with one that overlaps', () => {
    const secrets = new SecretValues(['abcdef', 'abcdef-long', 'long-tail'])
    expect(secrets.scrub('(abcdef) (abcdef-long) (abcdef-long-tail)')).toBe(
      '([redacted]) ([redacted]) ([redacted])',
    )
  })

  it('is hidden in a text that was clean before', () => {
    const secrets = new SecretValues(['permanent'])
    expect(secrets.scrub('/clusters/s3cret-one')).toBe('/clusters/s3cret-one')
    expect(secrets.scrub('/clusters/s3cret-one')).toBe('/clusters/s3cret-one')
    secrets.add('s3cret-one')
    expect(secrets.scrub('/clusters/s3cret-one')).toBe('/clusters/[redacted]')
  })

  it('is hidden though a text that is no Unicode looks like it once that is written down', () => {
    const secrets = new SecretValues(['s3cret\ufffdone'])
    expect(secrets.scrub('s3cret\ud800one')).toBe('s3cret\ud800one')
    expect(secrets.scrub('s3cret\ufffdone')).toBe('[redacted]')
  })

  it('is not looked for when it has fewer than 6 characters', () => {
    const secrets = new SecretValues(['', 'admin'])
    secrets.add('north')
    expect(secrets.scrub('admin went north')).toBe('admin went north')
  })

  it('is never left in any text that is made of it', () => {
    const value = fc.string({ unit: 'binary', minLength: 6, maxLength: 20 })
    const texts = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(0, 1, 2)))
    fc.assert(
      fc.property(fc.tuple(value, value, value), texts, (values, parts) => {
        const secrets = new SecretValues(values.slice(0, 1))
        for (const added of values) secrets.add(added)
        const whole = parts.map((part) => (typeof part === 'number' ? values[part] : part)).join('')
        const pieces = secrets.scrub(whole).split('[redacted]')
        for (const hidden of values) for (const piece of pieces) expect(piece).not.toContain(hidden)
      }),
    )
  })
})

describe('the register is bounded', () => {
  it('forgets what was added longest ago, and keeps what was added again and what is permanent', () => {
    const secrets = new SecretValues(['permanent'], 2)
    for (const value of ['first-one', 'second-one', 'permanent', 'first-one', 'third-one']) secrets.add(value)
    expect(secrets.scrub('permanent first-one second-one third-one')).toBe(
      '[redacted] [redacted] second-one [redacted]',
    )
  })

  it('holds the latest of many that begin alike', () => {
    const secrets = new SecretValues([], 100)
    for (let i = 0; i < 1000; i++) secrets.add(`password-${i}-`)
    expect(secrets.scrub('password-899- password-900- password-999-')).toBe(
      'password-899- [redacted] [redacted]',
    )
  })
})

describe('the shape of a key', () => {
  const secrets = new SecretValues()

  it.each([
    ['a key of the gateway', 'key=cgk_7Hq2mZ9xW4 ', 'key=cgk_[redacted] '],
    ['a key of Fireworks', '"fw_3Zk9aBcDeFgH"', '"fw_[redacted]"'],
    ['a signed JWT', 'token=eyJhbGciOiJF.eyJzdWIi.c2ln ', 'token=eyJ[redacted] '],
    ['a bearer token', 'Authorization: Bearer abcdefgh.ijkl-mnop_qr==', 'Authorization: Bearer [redacted]'],
    ['one after an escape in JSON', '"\\ncgk_7Hq2mZ9xW4"', '"\\ncgk_[redacted]"'],
  ])('of %s is hidden though nobody added it', (_, text, hidden) => {
    expect(secrets.scrub(text)).toBe(hidden)
  })

  it('is not seen in plain words', () => {
    for (const text of [
      'Bearer authentication is required',
      'Bearer realm="clustergate"',
      'cgk_ and fw_',
      'eyJhbGciOiJF, which is no JWT',
      '',
    ]) {
      expect(secrets.scrub(text)).toBe(text)
    }
  })
})
