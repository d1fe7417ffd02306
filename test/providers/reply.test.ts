import { describe, expect, test } from 'vitest'
import {
  parseJson,
  plainText,
  providerWords,
  requestIdOf,
  retryAfterMs,
  scrub,
  serverTimeMs,
} from '../../src/providers/reply.ts'

describe('JSON in a body', () => {
  test('is read; what is none reads as undefined', () => {
    expect(parseJson('{"code":0}')).toEqual({ code: 0 })
    for (const text of ['', '<html></html>', '{"code":0', 'Bad Gateway'])
      expect(parseJson(text)).toBeUndefined()
  })
})

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  test.each([
    ['seconds', { 'retry-after': '7' }, 7_000],
    ['an HTTP date', { 'retry-after': 'Thu, 01 Jan 2026 00:00:09 GMT' }, 9_000],
    [
      'a date, by the provider’s own clock',
      { 'retry-after': 'Thu, 01 Jan 2026 00:00:09 GMT', date: 'Thu, 01 Jan 2026 00:00:04 GMT' },
      5_000,
    ],
    ['a date gone by', { 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    ['more than a day', { 'retry-after': '999999999999' }, 86_400_000],
    ['nonsense', { 'retry-after': 'soon' }, undefined],
    ['nothing', {}, undefined],
  ])('%s', (_name, headers, expected) => {
    expect(retryAfterMs(headers, now)).toBe(expected)
  })
})

test('the provider’s clock is its Date header', () => {
  expect(serverTimeMs({ date: 'Thu, 01 Jan 2026 00:00:04 GMT' })).toBe(Date.parse('2026-01-01T00:00:04Z'))
  expect(serverTimeMs({})).toBeNull()
})

test('a request id goes by several names', () => {
  expect(requestIdOf({ requestid: 'a' })).toBe('a')
  expect(requestIdOf({ 'x-request-id': 'b' })).toBe('b')
  expect(requestIdOf({})).toBeNull()
})

describe('the words of an error body', () => {
  test('have no tags, scripts, styles, comments or control characters and fit on one line', () => {
    const page =
      '<html><head><style>p{}</style><script>var a=1</script></head><body>\n<h1>502\u0000 Bad</h1><!-- x -->\t<p>Gateway</body>'
    expect(plainText(page)).toBe('502 Bad Gateway')
  })

  test('are short, by characters', () => {
    expect(plainText('🙂'.repeat(500))).toBe('🙂'.repeat(200))
  })

  test('keep what only looks like a tag', () => {
    expect(plainText('cuSize < 8 and replica > 1')).toBe('cuSize < 8 and replica > 1')
  })
})

describe('the connection’s key in what a provider says', () => {
  const key = 'db3f9c2e/a+b=77de41907715'
  test.each([
    ['as it is', `The apikey ${key} is illegal`],
    ['twice', `${key} ${key}`],
    ['percent-encoded', `?token=${encodeURIComponent(key)}`],
    ['in base64', Buffer.from(key).toString('base64')],
    ['cut short', `The apikey ${key.slice(0, 14)}... is illegal`],
  ])('%s, is taken out', (_name, said) => {
    const left = scrub(said, key)
    expect(left).toContain('[redacted]')
    expect(left).not.toContain(key.slice(0, 12))
    expect(left).not.toContain(encodeURIComponent(key).slice(0, 12))
    expect(left).not.toContain(Buffer.from(key).toString('base64').slice(0, 12))
  })

  test('leaves the rest alone, and an empty key takes nothing out', () => {
    expect(scrub(`key ${key} is illegal`, key)).toBe('key [redacted] is illegal')
    expect(scrub('all is well', '')).toBe('all is well')
  })

  test('is taken out before the words are shortened', () => {
    expect(providerWords(`${'x'.repeat(190)}${key}`, key)).not.toContain(key.slice(0, 4))
  })
})
