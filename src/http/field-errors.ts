import type { z } from '@hono/zod-openapi'
import type { FieldError } from '../cluster/problem.ts'

type Issue = z.core.$ZodIssue

/** More would be noise, and a body may hold thousands. */
const mostErrors = 50

/** What zod found wrong, one error a field. `base` comes before each pointer: '' for a body, `query` for a query. */
export function fieldErrors(error: z.ZodError, base: string): FieldError[] {
  return error.issues.flatMap((issue) => describe(issue, base)).slice(0, mostErrors)
}

function describe(issue: Issue, base: string): FieldError[] {
  const pointer = base + issue.path.map((part) => `/${escapePointer(String(part))}`).join('')
  if (issue.code === 'unrecognized_keys') {
    const detail =
      base === 'query' ? 'is not a parameter of this operation' : 'is not a field that can be set here'
    return issue.keys.map((key) => ({ pointer: `${pointer}/${escapePointer(key)}`, detail }))
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) return closestBranch(issue.errors, pointer)
  return [{ pointer, detail: inWords(issue) }]
}

/** Of a union, the errors of the alternative that fits best: those of all would contradict each other. */
function closestBranch(branches: Issue[][], pointer: string): FieldError[] {
  const described = branches.map((issues) => issues.flatMap((issue) => describe(issue, pointer)))
  const [first = []] = described.sort((a, b) => a.length - b.length)
  return first
}

function inWords(issue: Issue): string {
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.join(', ') : ''
    return options === '' ? 'is not one of the known values' : `must be one of ${options}`
  }
  const undefinedInput = issue.code === 'invalid_type' && issue.message.endsWith('received undefined')
  return undefinedInput ? 'is required' : issue.message.slice(0, 300)
}

function escapePointer(part: string): string {
  return part.slice(0, 200).replaceAll('~', '~0').replaceAll('/', '~1')
}
