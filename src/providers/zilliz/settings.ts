import { z } from '@hono/zod-openapi'
import type { JsonObject } from '../../cluster/json.ts'

export const globalBaseUrl = 'https://api.cloud.zilliz.com'

function isOrigin(value: string): boolean {
  const url = URL.parse(value)
  return url !== null && ['http:', 'https:'].includes(url.protocol) && url.origin === value
}

/** The settings of a connection to Zilliz Cloud. China is another host, with accounts and keys of its own. */
export const settingsSchema = z
  .strictObject({
    baseUrl: z
      .string()
      .max(300)
      .refine(
        isOrigin,
        'must be an origin, such as https://api.cloud.zilliz.com, without path or trailing slash',
      )
      .default(globalBaseUrl)
      .describe(
        'Where the API is: https://api.cloud.zilliz.com, or https://api.cloud.zilliz.com.cn for China.',
      )
      .openapi({ example: globalBaseUrl }),
    orgId: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the id of an organization, such as org-abcdef')
      .optional()
      .describe('The id of the organization. Only changing the description of a dedicated cluster needs it.')
      .openapi({ example: 'org-abcdefghijkl' }),
  })
  .openapi('ZillizSettings')

export type Settings = z.infer<typeof settingsSchema>

/** The settings as they were stored, with their defaults; what is not in the schema is ignored here. */
export function settingsOf(settings: JsonObject): Settings {
  const { baseUrl, orgId } = settings
  return {
    baseUrl: typeof baseUrl === 'string' ? baseUrl : globalBaseUrl,
    ...(typeof orgId === 'string' ? { orgId } : {}),
  }
}

export function isChina(settings: Settings): boolean {
  return new URL(settings.baseUrl).hostname.endsWith('.com.cn')
}
