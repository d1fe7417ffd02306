import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isJsonObject, type Json, type JsonObject } from '../../src/cluster/json.ts'
import { cutMembers, type FieldMask } from '../../src/http/json-members.ts'

type Mask = Exclude<FieldMask, null>

/** The same by parsing, whose way of ordering keys that look like numbers is the text's own here. */
function kept(value: Json, mask: FieldMask): Json {
  if (mask === null || !isJsonObject(value)) return value
  const members = Object.entries(value).filter(([key]) => Object.hasOwn(mask, key))
  return Object.fromEntries(members.map(([key, inner]) => [key, kept(inner, mask[key] ?? null)]))
}

const key = fc.constantFrom('id', 'name', 'labels', 'a.b', 'qu"ote', 'back\\', 'brace}', 'ü', '')
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\\', '\\"', '"', '{"id":1}', ',"id":2', ']}'),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('json')),
    fc.dictionary(key, tie('json')),
  ),
}))
const { mask } = fc.letrec((tie) => ({
  mask: fc.dictionary(key, fc.oneof({ depthSize: 'small' }, fc.constant(null), tie('mask'))),
}))

test('what is cut from a text is what parsing and writing it anew would leave', () => {
  fc.assert(
    fc.property(fc.dictionary(key, json), mask, (document, wanted) => {
      const expected = JSON.stringify(kept(document as JsonObject, wanted as Mask))
      expect(cutMembers(JSON.stringify(document), wanted as Mask)).toBe(expected)
    }),
    { numRuns: 300 },
  )
})

test('a text that is cut off anywhere is refused, and not read for ever', () => {
  const text = '{"id":"a\\"b","labels":{"n":[1,{"x":2}]},"name":null}'
  for (let length = 1; length < text.length; length++)
    expect(() => cutMembers(text.slice(0, length), { name: null, labels: { n: null } })).toThrow('not JSON')
  expect(cutMembers(text, { name: null })).toBe('{"name":null}')
})
