import { describe, expect, test } from 'vitest'
import { issuersSchema } from '../../src/access/issuer.ts'
import { scopesOfClaims, textsOf } from '../../src/access/scopes-of-claims.ts'

function scopes(rule: object, claims: Record<string, unknown>) {
  const [issuer] = issuersSchema.parse([
    {
      issuer: 'https://issuer.example',
      audience: 'clustergate',
      rules: [{ role: 'viewer', team: 'ml', ...rule }],
    },
  ])
  if (!issuer) throw new Error('no issuer')
  return scopesOfClaims(issuer, claims).scopes
}

const given = [{ role: 'viewer', team: 'ml' }]

/** What Kubernetes says of a service account. */
const kubernetes = { 'kubernetes.io': { namespace: 'ci', serviceaccount: { name: 'deployer' } } }

describe('a rule fits', () => {
  test.each<[string, object, Record<string, unknown>]>([
    ['a text', { sub: 'a' }, { sub: 'a' }],
    ['one of several', { sub: ['a', 'b'] }, { sub: 'b' }],
    ['a list that has it', { groups: 'a' }, { groups: ['b', 'a'] }],
    ['all of its claims', { a: '1', b: '2' }, { a: '1', b: '2', c: '3' }],
    ['a truth value, as it is written', { ref_protected: 'true' }, { ref_protected: true }],
    ['a claim within another, by pointer', { '/kubernetes.io/namespace': 'ci' }, kubernetes],
    [
      'a claim whose name is an address',
      { 'https://acme.example/team': 'ml' },
      { 'https://acme.example/team': 'ml' },
    ],
  ])('%s', (_, when, claims) => {
    expect(scopes({ when }, claims)).toEqual(given)
  })
})

describe('a rule does not fit', () => {
  test.each<[string, object, Record<string, unknown>]>([
    ['a part of a text', { sub: 'repo:acme' }, { sub: 'repo:acme/index' }],
    ['another case', { sub: 'A' }, { sub: 'a' }],
    ['one of two claims', { a: '1', b: '2' }, { a: '1' }],
    ['a claim that is not there', { a: 'undefined' }, {}],
    ['null', { a: 'null' }, { a: null }],
    ['an object, whatever it prints as', { a: '[object Object]' }, { a: {} }],
    ['what every object has', { constructor: 'x' }, {}],
    ['what every object has, by pointer', { '/constructor/name': 'Object' }, {}],
  ])('%s', (_, when, claims) => {
    expect(scopes({ when }, claims)).toEqual([])
  })
})

test('a pointer unescapes as RFC 6901 says', () => {
  expect(textsOf({ 'a/b': { 'c~d': 'x' } }, '/a~1b/c~0d')).toEqual(['x'])
})

test('a token with endless groups has so many scopes at the most', () => {
  const teams = Array.from({ length: 5000 }, (_, i) => `t${i}`)
  expect(scopes({ when: { a: '1' }, team: { claim: 'teams' } }, { a: '1', teams })).toHaveLength(100)
})
