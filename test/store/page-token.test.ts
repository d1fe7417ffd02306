import { expect, test } from 'vitest'
import { Problem } from '../../src/cluster/problem.ts'
import { PageTokens } from '../../src/store/page-token.ts'

const tokens = new PageTokens('secret')
const query = { visibleTeams: ['alpha'], orderBy: 'name' }
const place = [0, 'acquisition-of-hydra', 1_772_323_200_000, 'clu_01jz8x0v5wf4gr0q2m6h1v9k3h', null]

function refusalOf(key: string, asked: unknown, token: string): unknown {
  try {
    return new PageTokens(key).read(asked, token)
  } catch (error) {
    return error instanceof Problem ? error.code : error
  }
}

test('a token is read back with its query, and with no other one or key', () => {
  const token = tokens.write(query, place)
  expect(tokens.read(query, token)).toEqual(place)
  expect(refusalOf('secret', { ...query, orderBy: 'team' }, token)).toBe('invalid-page-token')
  expect(refusalOf('another', query, token)).toBe('invalid-page-token')
})

test('the same place of the same list is the same token, so that an answer keeps its ETag', () => {
  expect(tokens.write(query, place)).toBe(tokens.write(query, [...place]))
  expect(tokens.write(query, [1])).not.toBe(tokens.write(query, [2]))
  expect(tokens.write(query, [1])).not.toBe(tokens.write({ ...query, size: 1 }, [1]))
})

test('a token tells nothing of the row at which the page ended, not even how long its name is', () => {
  const token = tokens.write(query, place)
  for (const encoding of ['base64url', 'hex'] as const) {
    const bytes = Buffer.from(token, encoding).toString('latin1')
    for (const part of ['hydra', 'clu_', '1772']) expect(bytes + token).not.toContain(part)
  }
  const lengths = ['a', 'a-longer-name'].map((name) => tokens.write(query, [0, name]).length)
  expect(new Set(lengths).size).toBe(1)
})

test('a token that was altered anywhere is refused, and so is what was never one', () => {
  const token = tokens.write(query, place)
  const altered = Array.from(token, (character, i) => {
    return token.slice(0, i) + (character === 'A' ? 'B' : 'A') + token.slice(i + 1)
  })
  const never = [
    '',
    'A',
    'A'.repeat(22),
    'A'.repeat(1000),
    `${token}A`,
    `${token}=`,
    `${token}.x`,
    token.slice(0, -4),
  ]
  for (const text of [...altered, ...never]) {
    expect([text, refusalOf('secret', query, text)]).toEqual([text, 'invalid-page-token'])
  }
})
