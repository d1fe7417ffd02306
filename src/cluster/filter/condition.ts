import { everyTeam } from '../actor.ts'
import type { Teams } from '../caller.ts'

/** A value that a field is compared with. Times in epoch milliseconds. */
export type Value = string | number | boolean

/**
 * A test of one field. It is true or false, never anything in between: of a field that is null, or a label that is not
 * there, every test is false.
 */
export type Test =
  | { is: 'compared'; operator: '=' | '<' | '<=' | '>' | '>='; value: Value }
  | { is: 'like'; how: 'begins' | 'ends' | 'contains'; text: string; anyCase: boolean }
  | { is: 'present' }

/** A test of a field, or of one key of it where it is a map. */
export interface FieldTest {
  kind: 'test'
  field: string
  key?: string
  test: Test
}

/** Some word of the thing begins like this, in any case. */
export interface WordTest {
  kind: 'word'
  begins: string
}

/** What a list holds: a filter with its fields known and its values read, or plain parameters, which say the same. */
export type Condition =
  | { kind: 'and' | 'or'; parts: Condition[] }
  | { kind: 'not'; part: Condition }
  | FieldTest
  | WordTest

export function equals(field: string, value: Value): FieldTest {
  return { kind: 'test', field, test: { is: 'compared', operator: '=', value } }
}

/** Whether it is that a field, or one key of it, equals a value. */
export function isEquality(condition: Condition): condition is FieldTest {
  return condition.kind === 'test' && condition.test.is === 'compared' && condition.test.operator === '='
}

/** The equalities of one field any of which will do, each value once; undefined for any other condition. */
export function alternativesOf(condition: Condition): FieldTest[] | undefined {
  if (condition.kind !== 'or') return undefined
  const byValue = new Map<Value, FieldTest>()
  for (const part of condition.parts) {
    if (!isEquality(part) || part.key !== undefined) return undefined
    if (part.test.is === 'compared') byValue.set(part.test.value, part)
  }
  const alternatives = [...byValue.values()]
  return alternatives.every(({ field }) => field === alternatives[0]?.field) ? alternatives : undefined
}

/** Whether it tells of which teams a thing is to be. */
export function isOfTeams(condition: Condition): boolean {
  const [of] = alternativesOf(condition) ?? (isEquality(condition) ? [condition] : [])
  return of?.field === 'team'
}

/** Whether what passes lies side by side, in the order of the values. */
export function isRange(test: Test): boolean {
  return test.is === 'compared' || (test.is === 'like' && test.how === 'begins' && !test.anyCase)
}

/** A range as comparisons with its ends. */
export function endsOf(range: FieldTest): FieldTest[] {
  const { test } = range
  if (test.is !== 'like') return [range]
  return betweenOf(test.text).map(([operator, value]) => ({
    ...range,
    test: { is: 'compared', operator, value },
  }))
}

/** Where the texts lie that begin like one, in the order of their bytes. */
export function betweenOf(beginning: string): [operator: '>=' | '<', value: string][] {
  return [
    ['>=', beginning],
    ['<', `${beginning}\u{10ffff}`],
  ]
}

/** What narrows a list to some teams; of none of them there is nothing. */
export function ofTeams(teams: Teams): Condition[] {
  if (teams === everyTeam) return []
  const [only, ...others] = teams.map((team) => equals('team', team))
  return only && others.length === 0 ? [only] : [{ kind: 'or', parts: only ? [only, ...others] : [] }]
}

/** The conditions of which every one must hold. */
export function conjunctsOf(condition: Condition): Condition[] {
  return condition.kind === 'and' ? condition.parts.flatMap(conjunctsOf) : [condition]
}
