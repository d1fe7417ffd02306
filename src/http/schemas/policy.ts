import { z } from '@hono/zod-openapi'
import { approverRoles, type PolicyRules } from '../../cluster/policy.ts'
import { labelKey, labelValue } from './cluster-fields.ts'
import { etag, nullableTime } from './ids.ts'

const yearS = 366 * 24 * 3600

const word = z.string().min(1).max(100)
const words = z.array(word).min(1, 'must allow something; leave it out to allow all').max(200)
const amount = z.int().min(0, 'must not be negative').max(1_000_000_000)

/** Few of each, so that judging stays quick. */
function few<T extends z.ZodType>(key: z.ZodType<string>, value: T) {
  return z.record(key, value).refine((all) => Object.keys(all).length <= 64, 'may be 64 at the most')
}

const pattern = z
  .string()
  .regex(/^[A-Za-z0-9*?-]{1,63}$/, 'must be 1 to 63 letters, digits, hyphens, and the signs * and ?')

const requiredLabel = z.strictObject({
  values: z
    .array(labelValue)
    .min(1, 'must allow a value, since the label is required; leave it out to allow all')
    .max(200)
    .optional(),
})

const approval = z.strictObject({
  above: few(word, amount)
    .refine((all) => Object.keys(all).length > 0, 'must name something that an approval is needed for')
    .openapi({
      description: 'What the team may hold without an approval.',
      example: { clusters: 5, cu: 32 },
    }),
  role: z.enum(approverRoles).default('admin').openapi({ description: 'The least role that may approve.' }),
  expireSeconds: z
    .int()
    .min(60)
    .max(30 * 24 * 3600)
    .default(24 * 3600)
    .openapi({
      description: 'How long a create waits before it fails.',
    }),
})

/** What a team may do; the default of what is left out is no limit. */
export const policyRules: z.ZodType<PolicyRules> = z
  .strictObject({
    providers: words.optional().openapi({ example: ['zilliz'] }),
    connections: words.optional().openapi({ description: 'Names of connections.', example: ['zilliz-prod'] }),
    regions: words.optional().openapi({ example: ['gcp-us-west1'] }),
    plans: words.optional().openapi({
      description: "The provider's own plans; for Fireworks `eks` and `fake`.",
      example: ['SERVERLESS', 'DEDICATED'],
    }),
    options: few(word, words)
      .optional()
      .openapi({
        description: 'Choices of `spec`, such as `tier` and `cuType`, each with the values that are allowed.',
        example: { tier: ['Standard', 'Enterprise'] },
      }),
    sizes: few(word, z.strictObject({ min: amount.optional(), max: amount.optional() }))
      .optional()
      .openapi({
        description:
          'Bounds of the sizes of `spec`, such as `cuSize` and `replica`. One that scales is held to both.',
        example: { cuSize: { min: 1, max: 16 } },
      }),
    names: z
      .array(pattern)
      .min(1)
      .max(50)
      .optional()
      .openapi({
        description: 'Patterns, one of which a name must fit: `*` is any characters, `?` is one.',
        example: ['search-*'],
      }),
    labels: few(labelKey, requiredLabel)
      .optional()
      .openapi({
        description: 'Labels that a cluster must have, perhaps with one of some values.',
        example: { env: { values: ['prod', 'test'] }, owner: {} },
      }),
    lifetime: z
      .strictObject({
        maxSeconds: z
          .int()
          .min(60)
          .max(10 * yearS),
        defaultSeconds: z
          .int()
          .min(60)
          .max(10 * yearS)
          .optional()
          .openapi({
            description: 'The lifetime of a cluster that asks for none. Left out, each must ask for one.',
          }),
      })
      .optional()
      .openapi({ description: 'How long after its create a cluster expires at the latest.' }),
    quotas: few(word, amount)
      .optional()
      .openapi({
        description: 'The most that the team may hold: `clusters`, and units of the providers such as `cu`.',
        example: { clusters: 10, cu: 64 },
      }),
    approval: approval.optional().openapi({
      description: 'Creates that bring the team above one of these wait for a second person.',
    }),
  })
  .openapi('PolicyRules')

export const policySettings = z.strictObject({ rules: policyRules }).openapi('PolicySettings')

export const exampleRules = {
  providers: ['zilliz'],
  plans: ['SERVERLESS', 'DEDICATED'],
  sizes: { cuSize: { max: 16 } },
  labels: { env: { values: ['prod', 'test'] } },
  quotas: { clusters: 10, cu: 64 },
  approval: { above: { cu: 32 }, role: 'admin', expireSeconds: 86_400 },
} as const

export const examplePolicy = {
  team: 'search',
  source: 'search',
  rules: exampleRules,
  version: 1,
  updateTime: '2026-03-01T09:30:00.000Z',
  usage: { clusters: 3, cu: 16 },
  etag: '"1"',
}

export const policySchema = z
  .object({
    team: z.string(),
    source: z.string().nullable().openapi({
      description:
        'Whose policy holds: the team itself, `*` for the one of all teams without their own, or null for none.',
    }),
    rules: policyRules,
    version: z.int().nullable().openapi({ description: 'The version of the policy that holds.' }),
    updateTime: nullableTime,
    usage: z.record(z.string(), z.int()).openapi({ description: 'What the team holds now.' }),
    etag: etag.openapi({ description: "Of the team's own policy: changes with it alone." }),
  })
  .openapi('Policy', { example: examplePolicy })
