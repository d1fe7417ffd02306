import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../src/audit/canonical-json.ts'
import { canonicalText } from '../../src/audit/verifier.mjs'

describe('canonical JSON', () => {
  test('is that of the example of RFC 8785 (3.2.2)', () => {
    const example = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    )
    const expected =
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    expect(canonicalJson(example)).toBe(expected)
    expect(canonicalText(example)).toBe(expected)
  })

  test('sorts keys by their UTF-16 code units (RFC 8785, 3.2.3)', () => {
    const keys = ['€', '\r', '\ufb33', '1', '😀', '\u0080', 'ö']
    const written = '{"\\r":0,"1":0,"\u0080":0,"ö":0,"€":0,"😀":0,"\ufb33":0}'
    expect(canonicalJson(Object.fromEntries(keys.map((key) => [key, 0])))).toBe(written)
  })

  test('puts keys that look like numbers where their text belongs', () => {
    expect(canonicalJson({ b: 1, '10': 2, '9': 3, a: { '2': 0, '1': 0, '10': 0 } })).toBe(
      '{"10":2,"9":3,"a":{"1":0,"10":0,"2":0},"b":1}',
    )
  })

  test('leaves out what is undefined', () => {
    expect(canonicalJson({ b: undefined, a: [undefined] })).toBe('{"a":[null]}')
  })

  test('is the same from the gateway, the library and the verifier, whatever the value', () => {
    const keys = fc.oneof(fc.string(), fc.nat().map(String), fc.constant('__proto__'))
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.string({ unit: 'binary' }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value')),
        fc.dictionary(keys, tie('value')),
      ),
    }))
    fc.assert(
      fc.property(value, (json) => {
        const expected = canonicalize(json)
        expect(canonicalJson(json)).toBe(expected)
        expect(canonicalText(json)).toBe(expected)
      }),
    )
  })
})
