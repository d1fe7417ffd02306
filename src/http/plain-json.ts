import type { Json } from '../cluster/json.ts'
import { type FieldError, invalid } from '../cluster/problem.ts'

/** No document of ours is nearly as deep; recursion over one that deep is safe. */
const deepest = 32

/** Refuses JSON that a schema lets through but no store keeps as it is: lone surrogates, NUL, `__proto__`, an abyss. */
export function requirePlain(value: Json): void {
  const error = fault(value, '', 0)
  if (error) throw invalid([error])
}

function fault(value: Json, pointer: string, depth: number): FieldError | null {
  if (typeof value === 'string') {
    return isPlainText(value) ? null : { pointer, detail: 'must be Unicode text without NUL' }
  }
  if (typeof value !== 'object' || value === null) return null
  if (depth === deepest) return { pointer, detail: `is nested more than ${deepest} deep` }
  for (const [key, member] of Object.entries(value)) {
    if (key === '__proto__' || !isPlainText(key)) return { pointer, detail: 'has a key that is not allowed' }
    const error = fault(member, `${pointer}/${key.slice(0, 200)}`, depth + 1)
    if (error) return error
  }
  return null
}

export function isPlainText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}
