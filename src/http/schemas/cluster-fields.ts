import { z } from '@hono/zod-openapi'

const labelName = '[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?'
const subdomain = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*'
const labelKeyPattern = new RegExp(`^(${subdomain}/)?${labelName}$`)
const labelValuePattern = new RegExp(`^(${labelName})?$`)
const mostLabels = 64
const longestPrefix = 253

export const labelKey = z
  .string()
  .max(longestPrefix + 64)
  .regex(
    labelKeyPattern,
    'must be a Kubernetes label key: a name of up to 63 characters, perhaps after a DNS prefix and a slash',
  )
  .refine(
    (text) => text.lastIndexOf('/') <= longestPrefix,
    `may have a prefix of ${longestPrefix} characters at the most`,
  )
export const labelValue = z
  .string()
  .regex(
    labelValuePattern,
    'must be a Kubernetes label value: up to 63 letters, digits, ".", "_" and "-", or nothing',
  )

/** What a request may set of a cluster. The rules of labels are those of Kubernetes. */
export const labels = z
  .record(labelKey, labelValue)
  .refine((all) => Object.keys(all).length <= mostLabels, `may be ${mostLabels} at the most`)
  .openapi({ example: { env: 'prod' }, maxProperties: mostLabels })

export const labelsPatch = z
  .record(labelKey, labelValue.nullable())
  .refine((all) => Object.keys(all).length <= 2 * mostLabels, 'are too many')
  .openapi({
    description: 'Merged with those there are: null removes one.',
    example: { env: 'prod', tier: null },
  })

export const displayName = z
  .string()
  .refine((text) => text.trim() !== '' && [...text].length <= 63, 'must be 1 to 63 characters')
  .refine((text) => !/\p{Cc}/u.test(text), 'must not contain control characters')
  .openapi({ minLength: 1, maxLength: 63, example: 'Search index' })

export const clusterName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,63}$/, 'must be 1 to 63 letters, digits and hyphens')
  .openapi({ example: 'search-index' })

export const futureTime = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 time, such as 2030-01-31T00:00:00Z' })
  .openapi({
    description: 'When the cluster is no longer needed. In the future.',
    example: '2030-01-31T00:00:00Z',
  })
