import { describe, expect, test } from 'vitest'
import { clusterFields } from '../../src/cluster/filter/cluster-fields.ts'
import type { Condition, Test } from '../../src/cluster/filter/condition.ts'
import { readFilter } from '../../src/cluster/filter/read-filter.ts'
import { Problem } from '../../src/cluster/problem.ts'

const now = Date.parse('2026-03-01T00:00:00Z')
const read = (text: string) => readFilter(text, clusterFields, now)
const field = (name: string, test: Test, key?: string): Condition => ({
  kind: 'test',
  field: name,
  ...(key !== undefined && { key }),
  test,
})
const is = (name: string, value: string | number | boolean, key?: string) =>
  field(name, { is: 'compared', operator: '=', value }, key)
const like = (how: 'begins' | 'ends' | 'contains', text: string, anyCase = false): Test => ({
  is: 'like',
  how,
  text,
  anyCase,
})

function faultOf(text: string): string {
  try {
    read(text)
  } catch (error) {
    if (error instanceof Problem) return error.extras.errors?.[0]?.detail ?? ''
    throw error
  }
  throw new Error(`${text} is taken`)
}

const [a, b, c] = [is('team', 'a'), is('team', 'b'), is('team', 'c')]

describe('AIP-160', () => {
  test.each<[string, Condition]>([
    ['team=a', a],
    ['  team  =  "a"  ', a],
    ["team='a'", a],
    // OR binds tighter than AND.
    ['team=a AND team=b OR team=c', { kind: 'and', parts: [a, { kind: 'or', parts: [b, c] }] }],
    ['(team=a AND team=b) OR team=c', { kind: 'or', parts: [{ kind: 'and', parts: [a, b] }, c] }],
    ['team=a team=b', { kind: 'and', parts: [a, b] }],
    ['NOT team=a', { kind: 'not', part: a }],
    ['-team=a', { kind: 'not', part: a }],
    ['NOT (team=a OR team=b)', { kind: 'not', part: { kind: 'or', parts: [a, b] } }],
    ['team != a', { kind: 'not', part: a }],
    ['team="a\\"b\\\\c\\*\\n"', is('team', 'a"b\\c*\n')],
    ['name="NOT AND OR"', is('name', 'NOT AND OR')],
    ['name=ORacle', is('name', 'ORacle')],
  ])('%s', (text, condition) => {
    expect(read(text)).toEqual(condition)
  })

  test.each<[string, Condition]>([
    ['name="ab*"', field('name', like('begins', 'ab'))],
    ['name=*ab', field('name', like('ends', 'ab'))],
    ['name=*ab*', field('name', like('contains', 'ab'))],
    ['name:ab', field('name', like('contains', 'ab', true))],
    ['name:ab*', field('name', like('begins', 'ab', true))],
    ['name:*', field('name', { is: 'present' })],
    ['region=null', { kind: 'not', part: field('region', { is: 'present' }) }],
    ['region != null', field('region', { is: 'present' })],
    ['region="null"', is('region', 'null')],
    ['state=READY', is('state', 'READY')],
    ['deletionProtection=true', is('deletionProtection', true)],
    ['operation.attempts >= -1', field('operation.attempts', { is: 'compared', operator: '>=', value: -1 })],
    ['drift:*', field('drift', { is: 'present' })],
  ])('values: %s', (text, condition) => {
    expect(read(text)).toEqual(condition)
  })

  test.each<[string, Condition]>([
    ['labels.env="prod"', is('labels', 'prod', 'env')],
    ['labels.env:prod', is('labels', 'prod', 'env')],
    ['labels:env', field('labels', { is: 'present' }, 'env')],
    ['labels.env:*', field('labels', { is: 'present' }, 'env')],
    ['labels."app.io/name"=x', is('labels', 'x', 'app.io/name')],
    ['labels.app.io=x*', field('labels', like('begins', 'x'), 'app.io')],
  ])('labels: %s', (text, condition) => {
    expect(read(text)).toEqual(condition)
  })

  test.each<[string, string, number]>([
    ['createTime > 2026-02-01T10:00:00Z', '>', Date.parse('2026-02-01T10:00:00Z')],
    ['createTime <= "2026-02-01T10:00:00.5+02:00"', '<=', Date.parse('2026-02-01T08:00:00.500Z')],
    ['createTime >= 2026-02-01', '>=', Date.parse('2026-02-01T00:00:00Z')],
    ['createTime >= 2028-02-29', '>=', Date.parse('2028-02-29T00:00:00Z')],
    ['createTime >= 2026-03-01T00:30:00+02:00', '>=', Date.parse('2026-02-28T22:30:00Z')],
    // What is older was made before.
    ['age > 7d', '<', now - 7 * 86_400_000],
    ['age <= 1.5s', '>=', now - 1500],
  ])('times and durations: %s', (text, operator, value) => {
    expect(read(text)).toEqual(field('createTime', { is: 'compared', operator, value } as Test))
  })
})

describe('what cannot be read is refused with its position', () => {
  test.each([
    ['', /is empty, at character 1$/],
    ['team', /one of .* is expected, not the end, at character 5$/],
    ['team=', /a value is expected, not the end, at character 6$/],
    ['=a', /a field is expected, not “=a”, at character 1$/],
    ['team=a AND', /a field is expected, not the end, at character 11$/],
    ['team=a OR OR team=b', /at character 14$/],
    ['(team=a', /closing parenthesis is missing before the end, at character 8$/],
    ['team=a)', /“\)” is not expected, at character 7$/],
    ['team=a=b', /“=b” is not expected|a field is expected, not “=b”, at character 7$/],
    ['team="a', /a string begins that does not end, at character 6$/],
    ['team="a\\q"', /a backslash goes before .*, at character 9$/],
    ['team~a', /one of .* is expected/],
    ['color=red', /there is no field “color”.*, at character 1$/],
    ['team=a AND color=red', /there is no field “color”.*, at character 12$/],
    ['constructor=x', /there is no field “constructor”/],
    ['__proto__.a=x', /there is no field “__proto__.a”/],
    ['state=ready', /one of PENDING, .* is expected, at character 7$/],
    ['state>READY', /the field takes = != or :, at character 6$/],
    ['createTime>yesterday', /an RFC 3339 time is expected, at character 12$/],
    ['createTime:2026-01-01', /at character 11$/],
    ['createTime>2026-13-45', /an RFC 3339 time is expected/],
    ['createTime>2026-02-30', /an RFC 3339 time is expected, at character 12$/],
    ['createTime>2025-02-29T00:00:00Z', /an RFC 3339 time is expected/],
    ['createTime>2026-04-31T23:00:00-02:00', /an RFC 3339 time is expected/],
    ['createTime>2026-01-01T24:00:00Z', /an RFC 3339 time is expected/],
    ['age>7', /a duration is expected/],
    ['age=7d', /an age takes/],
    ['deletionProtection=yes', /true or false is expected/],
    ['operation.attempts=many', /a number is expected/],
    ['drift=x', /only be asked whether it is there/],
    ['labels=x', /labels takes : with a key, .*, at character 7$/],
    ['labels:*', /labels takes : with a key, .*, at character 7$/],
    ['labels = null', /labels takes : with a key, .*, at character 8$/],
    ['labels != null', /labels takes : with a key, .*, at character 8$/],
    ['NOT labels:*', /labels takes : with a key, .*, at character 11$/],
    ['name="a*b"', /a star goes at the beginning or the end/],
    ['name=*', /a star goes at the beginning or the end/],
    ['name>a*', /a star goes with/],
    ['name="(a+)+$" x', /one of .* is expected/],
    ['sum(team)=1', /at character 4$/],
  ])('%s', (text, detail) => {
    expect(faultOf(text)).toMatch(detail)
  })

  test.each([
    ['longer than 4096 characters', `team=${'a'.repeat(5000)}`],
    ['more than 100 comparisons', Array(101).fill('team=a').join(' OR ')],
    ['more than 20 deep', `${'('.repeat(21)}team=a${')'.repeat(21)}`],
    ['more than 20 deep', '('.repeat(4000)],
    ['more than 20 deep', '-('.repeat(2000)],
  ])('%s', (detail, text) => {
    expect(faultOf(text)).toContain(detail)
  })

  test('as much as is allowed is taken', () => {
    read(Array(100).fill('team=a').join(' OR '))
    read(`${'('.repeat(20)}team=a${')'.repeat(20)}`)
  })
})
