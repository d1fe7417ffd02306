import type { Operation } from '../operation.ts'
import type { HeaderName } from './header-parameters.ts'

/** The parameters that no zod schema describes: path, headers, and query parameters without fixed names. */
export function parametersOf(operation: Operation) {
  const headers: HeaderName[] = [...(operation.headers ?? [])]
  if (operation.permission !== 'public') {
    if (operation.idempotent) headers.push('idempotencyKey')
    // Every guarded operation heeds it; it says something where it is written down.
    if (operation.method !== 'get') headers.push('onBehalfOf')
  }
  return [
    ...Object.entries(operation.params ?? {}).map(([name, { description, example, pattern }]) => ({
      name,
      in: 'path' as const,
      required: true,
      description,
      schema: { type: 'string' as const, ...(pattern !== undefined && { pattern }) },
      example,
    })),
    ...(operation.openParameters ?? []).map((parameter) => ({
      ...parameter,
      in: 'query' as const,
      style: 'form' as const,
      explode: true,
    })),
    ...headers.map((name) => ({ $ref: `#/components/parameters/${name}` })),
  ]
}
