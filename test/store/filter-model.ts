import type { Condition, Test } from '../../src/cluster/filter/condition.ts'
import type { FieldType, FieldTypes } from '../../src/cluster/filter/fields.ts'
import { isJsonObject, type Json } from '../../src/cluster/json.ts'

/** What a filter means, told over a document as the API shows it, in the plainest way. */
export function holds(condition: Condition, document: Json, fields: FieldTypes): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.parts.every((part) => holds(part, document, fields))
    case 'or':
      return condition.parts.some((part) => holds(part, document, fields))
    case 'not':
      return !holds(condition.part, document, fields)
    case 'word':
      throw new Error('Words are not in filters.')
    case 'test': {
      const path = condition.key === undefined ? condition.field.split('.') : [condition.field, condition.key]
      return passes(condition.test, valueAt(document, path, fields[condition.field]))
    }
  }
}

function valueAt(document: Json, path: string[], type: FieldType | undefined): Json {
  const value = path.reduce<Json>((at, name) => (isJsonObject(at) ? (at[name] ?? null) : null), document)
  return type?.type === 'time' && typeof value === 'string' ? Date.parse(value) : value
}

/** Of null, every test is false. */
function passes(test: Test, value: Json): boolean {
  if (value === null) return false
  if (test.is === 'present') return true
  if (test.is === 'compared') return compared(test, value)
  const fold = (text: string) =>
    test.anyCase ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : text
  const [text, part] = [fold(String(value)), fold(test.text)]
  if (test.how === 'begins') return text.startsWith(part)
  return test.how === 'ends' ? text.endsWith(part) : text.includes(part)
}

function compared({ operator, value: other }: Extract<Test, { is: 'compared' }>, value: Json): boolean {
  const order = orderOf(value, other)
  switch (operator) {
    case '=':
      return order === 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}

/** Texts are in the order of their code points. */
function orderOf(a: Json, b: Json): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return Number(a) - Number(b)
}
