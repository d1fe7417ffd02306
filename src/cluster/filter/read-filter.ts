import { type Condition, equals, type FieldTest, type Test } from './condition.ts'
import type { FieldType, FieldTypes } from './fields.ts'
import { parseFilter } from './parse.ts'
import { readDuration, readTime } from './read-time.ts'
import { filterFault, type Operator, type Restriction, type Syntax, textOf } from './syntax.ts'

/**
 * Reads a filter over these fields. `now` is what ages are counted from.
 *
 * @throws Problem `invalid-request` with the position of an unknown field, a wrong operator or a wrong value
 */
export function readFilter(text: string, fields: FieldTypes, now: number): Condition {
  return resolve(parseFilter(text), fields, now)
}

function resolve(syntax: Syntax, fields: FieldTypes, now: number): Condition {
  if (syntax.kind === 'restriction') return resolveRestriction(syntax, fields, now)
  if (syntax.kind === 'not') return { kind: 'not', part: resolve(syntax.part, fields, now) }
  return { kind: syntax.kind, parts: syntax.parts.map((part) => resolve(part, fields, now)) }
}

function resolveRestriction(given: Restriction, fields: FieldTypes, now: number): Condition {
  const { field, key, type } = findField(given, fields)
  if (type.type === 'age') return resolveAge(given, type.since, now)
  const named = { kind: 'test', field, ...(key !== undefined && { key }) } as const
  const presence = readPresence(given)
  if (type.type === 'map' && key === undefined) return resolveKey(given, field, presence)
  if (presence !== null) {
    const present: FieldTest = { ...named, test: { is: 'present' } }
    return presence ? present : { kind: 'not', part: present }
  }
  if (given.operator !== '!=') return { ...named, test: readTest(given, given.operator, type) }
  return { kind: 'not', part: { ...named, test: readTest(given, '=', type) } }
}

function findField({ path, at }: Restriction, fields: FieldTypes) {
  const [first = '', ...rest] = path
  const name = path.join('.')
  const type = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (type) return { field: name, type, key: undefined }
  const map = Object.hasOwn(fields, first) ? fields[first] : undefined
  if (map?.type === 'map') return { field: first, type: map, key: rest.join('.') }
  throw filterFault(
    at,
    `there is no field “${name.slice(0, 60)}”: there are ${Object.keys(fields).join(', ')}`,
  )
}

/** `field:*` asks whether there is a value, `field = null` whether there is none. Null for what asks something else. */
function readPresence({ operator, argument }: Restriction): boolean | null {
  if (argument.quoted) return null
  const text = textOf(argument)
  if (operator === ':' && text === '*') return true
  if (text !== 'null') return null
  if (operator === '!=') return true
  return operator === '=' ? false : null
}

/** `labels:env`. A map as a whole is always there. */
function resolveKey(
  { operator, operatorAt, argument }: Restriction,
  field: string,
  presence: boolean | null,
): Condition {
  if (operator !== ':' || presence !== null)
    throw filterFault(operatorAt, `${field} takes : with a key, or name one: ${field}.key`)
  return { kind: 'test', field, key: textOf(argument), test: { is: 'present' } }
}

const turned: Partial<Record<Operator, '<' | '<=' | '>' | '>='>> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
}

/** The older a thing, the earlier its time. */
function resolveAge(given: Restriction, since: string, now: number): Condition {
  const operator = turned[given.operator]
  if (!operator) throw filterFault(given.operatorAt, 'an age takes < <= > or >=')
  const ageMs = readDuration(textOf(given.argument))
  if (ageMs === null)
    throw filterFault(given.argument.at, 'a duration is expected, such as 90s, 30m, 12h or 7d')
  return { kind: 'test', field: since, test: { is: 'compared', operator, value: now - ageMs } }
}

type Compared = Extract<Test, { is: 'compared' }>['operator']

function readTest(given: Restriction, operator: Exclude<Operator, '!='>, type: FieldType): Test {
  const { argument, operatorAt } = given
  switch (type.type) {
    case 'map':
      return readTextTest(given, operator === ':' ? '=' : operator)
    case 'text':
      return readTextTest(given, operator)
    case 'enum': {
      if (operator !== '=' && operator !== ':') throw filterFault(operatorAt, 'the field takes = != or :')
      if (argument.pieces.length > 1) return readTextTest(given, '=')
      const value = textOf(argument)
      if (!type.values.includes(value))
        throw filterFault(argument.at, `one of ${type.values.join(', ')} is expected`)
      return equals('', value).test
    }
    case 'boolean': {
      if (operator !== '=' && operator !== ':') throw filterFault(operatorAt, 'the field takes = != or :')
      const value = textOf(argument)
      if (value !== 'true' && value !== 'false') throw filterFault(argument.at, 'true or false is expected')
      return equals('', value === 'true').test
    }
    case 'thing':
    case 'age':
      throw filterFault(operatorAt, 'of the field can only be asked whether it is there, with :* or = null')
    case 'time':
      return compared(given, operator, readTime(textOf(argument)), 'an RFC 3339 time')
    case 'number': {
      const text = textOf(argument)
      const value = /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : null
      return compared(given, operator, value, 'a number')
    }
  }
}

function compared(
  given: Restriction,
  operator: Compared | ':',
  value: number | null,
  expected: string,
): Test {
  if (operator === ':') throw filterFault(given.operatorAt, 'the field takes = != < <= > >= or :*')
  if (value === null) throw filterFault(given.argument.at, `${expected} is expected`)
  return { is: 'compared', operator, value }
}

/** `=` matches the whole text, `:` finds a part of it in any case; a star at either end stands for anything. */
function readTextTest({ argument, operatorAt }: Restriction, operator: Compared | ':'): Test {
  const { pieces, at } = argument
  if (pieces.length === 1 && operator !== ':') return { is: 'compared', operator, value: pieces.join('') }
  if (operator !== '=' && operator !== ':') throw filterFault(operatorAt, 'a star goes with = != or : only')
  const shape = shapeOf(pieces)
  if (!shape || shape.text === '') throw filterFault(at, 'a star goes at the beginning or the end of a text')
  return { is: 'like', ...shape, anyCase: operator === ':' }
}

function shapeOf(pieces: string[]): { how: 'begins' | 'ends' | 'contains'; text: string } | null {
  const [first = '', second = '', third] = pieces
  if (pieces.length === 1) return { how: 'contains', text: first }
  if (pieces.length === 3 && first === '' && third === '') return { how: 'contains', text: second }
  if (pieces.length !== 2) return null
  if (first === '') return { how: 'ends', text: second }
  return second === '' ? { how: 'begins', text: first } : null
}
