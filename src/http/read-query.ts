import { z } from '@hono/zod-openapi'
import { type FieldError, invalid } from '../cluster/problem.ts'
import { fieldErrors } from './field-errors.ts'
import type { Operation } from './operation.ts'
import { isPlainText } from './plain-json.ts'

/** The query parameters of a request, as the operation's schema gives them. Unknown and repeated ones are refused. */
export function readQuery({ query }: Operation, rawQuery: string): Record<string, unknown> {
  if (rawQuery === '' && !query) return {}
  const { given, errors } = rawQuery === '' ? nothing : collect(rawQuery)
  if (errors.length > 0) throw invalid(errors)
  const read = (query ?? none).safeParse(given)
  if (!read.success) throw invalid(fieldErrors(read.error, 'query'))
  return read.data
}

const none = z.strictObject({})
const nothing = { given: {}, errors: [] }

function collect(rawQuery: string): { given: Record<string, string>; errors: FieldError[] } {
  const given = new Map<string, string>()
  const errors: FieldError[] = []
  for (const [name, value] of new URLSearchParams(rawQuery)) {
    const pointer = `query/${name.toWellFormed().slice(0, 200)}`
    if (given.has(name)) errors.push({ pointer, detail: 'is given more than once' })
    if (!isPlainText(name + value)) errors.push({ pointer, detail: 'must be Unicode text without NUL' })
    if (name === '__proto__') errors.push({ pointer, detail: 'is not a parameter of this operation' })
    given.set(name, value)
  }
  return { given: Object.fromEntries(given), errors: errors.slice(0, 50) }
}
