import { z } from '@hono/zod-openapi'
import { ProviderFailure } from '../../cluster/failure.ts'
import type { JsonObject } from '../../cluster/json.ts'

/** Fireworks' rule for every resource id: a letter first, then letters, digits and hyphens, no hyphen last, 63 at most. */
export const resourceId = {
  pattern: '^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$',
  maxLength: 63,
  description:
    '1 to 63 lower-case letters, digits and hyphens, starting with a letter, not ending with a hyphen',
} as const

export const resourceIdPattern = new RegExp(resourceId.pattern)

const defaultBaseUrl = 'https://api.fireworks.ai'

/** True for scheme and host (and port) alone, as a URL writes them. */
function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && ['http:', 'https:'].includes(url.protocol) && url.origin === text
}

export const settingsSchema = z
  .strictObject({
    baseUrl: z
      .string()
      .max(2048)
      .refine(isOrigin, {
        error: `must be an http or https address of scheme, host and port alone, such as ${defaultBaseUrl}: no path, query, credentials or trailing slash`,
      })
      .default(defaultBaseUrl)
      .meta({ description: "Where Fireworks' API is reached.", examples: [defaultBaseUrl] }),
    accountId: z
      .string({ error: 'is required: the id of the Fireworks account' })
      .regex(resourceIdPattern, { error: `must be ${resourceId.description}` })
      .meta({
        description: 'The account that owns the clusters. A key may see several, so it is always named.',
        examples: ['acme'],
      }),
    allowFakeClusters: z
      .boolean()
      .default(false)
      .meta({ description: "Accept `fake` clusters, Fireworks' own test doubles, in this account." }),
  })
  .meta({ description: 'An account at Fireworks AI.' })

export type Settings = z.infer<typeof settingsSchema>

export function readSettings(settings: JsonObject): Settings {
  const read = settingsSchema.safeParse(settings)
  if (read.success) return read.data
  const message = "The connection's settings are not those of a Fireworks account."
  throw new ProviderFailure({ kind: 'invalid', applied: 'no', retryable: false, message })
}
