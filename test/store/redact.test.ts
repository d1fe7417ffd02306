import { expect, test } from 'vitest'
import { redactChanges, withoutSecrets } from '../../src/store/redact.ts'

test('what changed under the name of a secret is told, and not what it was', () => {
  expect(
    redactChanges(
      [
        { path: '/settings/apiKey', before: null, after: 'anything' },
        { path: '/password', before: 'old', after: 'new' },
        {
          path: '/settings/nested',
          before: null,
          after: { token: 'x', plan: 'FREE', list: [{ secret: 1 }, null] },
        },
      ],
      ['a-secret-of-the-request'],
    ),
  ).toEqual([
    { path: '/settings/apiKey', before: null, after: '[redacted]' },
    { path: '/password', before: '[redacted]', after: '[redacted]' },
    {
      path: '/settings/nested',
      before: null,
      after: { token: '[redacted]', plan: 'FREE', list: [{ secret: '[redacted]' }, null] },
    },
  ])
})

test('a label may be called as it likes', () => {
  const changes = [{ path: '/labels/key', before: null, after: 'value' }]
  expect(redactChanges(changes)).toEqual(changes)
})

test('a short secret is hidden where it is the whole, and nowhere else', () => {
  expect([withoutSecrets('abc', ['abc']), withoutSecrets('abcabc', ['abc'])]).toEqual([
    '[redacted]',
    'abcabc',
  ])
})
