import { z } from '@hono/zod-openapi'
import { type IdPrefix, idPattern } from '../../cluster/id.ts'

/** Ids that the examples speak of. */
export const exampleIds = {
  clu: 'clu_01jz8x0v5wf4gr0q2m6h1v9k3d',
  con: 'con_01jz8x0v5wf4gr0q2m6h1v9k3e',
  key: 'key_01jz8x0v5wf4gr0q2m6h1v9k3f',
  aud: 'aud_01jz8x0v5wf4gr0q2m6h1v9k3g',
} as const

export function id(prefix: keyof typeof exampleIds) {
  return z.string().regex(idPattern(prefix)).openapi({ example: exampleIds[prefix] })
}

/** The path parameter `id` of a kind of thing. */
export function idParameter(prefix: IdPrefix & keyof typeof exampleIds, what: string) {
  return {
    id: {
      description: `The id of the ${what}.`,
      example: exampleIds[prefix],
      pattern: idPattern(prefix).source,
    },
  }
}

export const time = z.iso.datetime().openapi({ example: '2026-03-01T09:30:00.000Z' })
export const nullableTime = time.nullable()

/** The name of a team, as it is written in requests. */
export const teamPattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
export const teamRule = 'must be 1 to 63 lower-case letters, digits and hyphens, with no hyphen at either end'
export const team = z.string().regex(teamPattern, teamRule).openapi({ example: 'search' })

export const etag = z.string().openapi({
  example: '"7"',
  description: 'The strong ETag: changes whenever something else here does, but for being observed again.',
})
