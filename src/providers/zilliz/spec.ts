import { z } from '@hono/zod-openapi'

export const tiers = ['Standard', 'Enterprise', 'BusinessCritical'] as const
export const cuTypes = [
  'Performance-optimized',
  'Capacity-optimized',
  'Tiered-storage',
  'Extended-capacity',
] as const

const count = z.int().min(1).max(1_000_000)

const projectId = z
  .string()
  .regex(/^proj-[A-Za-z0-9-]{1,60}$/, 'must be the id of a project, such as proj-0123456789abcdef012345')
  .describe('The project that holds the cluster. Names of clusters are unique within it.')
  .openapi({ example: 'proj-0123456789abcdef012345' })

const description = z.string().max(256).optional().describe('What the cluster is for.')

const schedule = z.strictObject({
  cron: z
    .string()
    .min(1)
    .max(100)
    .describe('When, as a cron expression.')
    .openapi({ example: '0 8 * * 1-5' }),
  target: count.describe('The size from then on.'),
  timezone: z.string().min(1).max(64).optional().openapi({ example: 'Etc/UTC' }),
})

const policy = z.union([
  z.strictObject({ min: count, max: count }).describe('Scales with the load, within these bounds.'),
  z.strictObject({ schedules: z.array(schedule).min(1).max(20) }).describe('Scales by the clock.'),
])

export const autoscalingSchema = z
  .strictObject({
    cu: policy.optional().describe('Of the compute units; excludes `cuSize`.'),
    replica: policy.optional().describe('Of the replicas; excludes `replica`. Not possible in a create.'),
  })
  .openapi('ZillizAutoscaling')

const serverless = z
  .strictObject({ plan: z.literal('SERVERLESS'), projectId, description })
  .openapi('ZillizServerlessSpec')

const free = z.strictObject({ plan: z.literal('FREE'), projectId, description }).openapi('ZillizFreeSpec')

const dedicated = z
  .strictObject({
    plan: z.literal('DEDICATED'),
    projectId,
    tier: z
      .enum(tiers)
      .optional()
      .describe("The plan, which must fit the project's and cannot change. In China: Enterprise only."),
    cuType: z.enum(cuTypes).describe('The kind of compute unit. Cannot change.'),
    cuSize: count.optional().describe('Compute units. Exactly one of this and `autoscaling.cu` is given.'),
    replica: count
      .optional()
      .describe('Copies of the cluster. More than one needs at least 8 compute units.'),
    autoscaling: autoscalingSchema.optional(),
    description: description.describe(
      'What the cluster is for. Set after the create, and with an `orgId` only.',
    ),
    bucketInfo: z
      .strictObject({ bucketName: z.string().min(1).max(255), prefix: z.string().max(1024).optional() })
      .optional()
      .describe('Bring your own cloud only: where the data lies. Cannot change.'),
    keyIdentifier: z
      .string()
      .min(1)
      .max(2048)
      .optional()
      .describe('Bring your own cloud only: the ARN of the key that encrypts the data. Cannot change.'),
  })
  .openapi('ZillizDedicatedSpec', {
    example: {
      plan: 'DEDICATED',
      projectId: 'proj-0123456789abcdef012345',
      tier: 'Enterprise',
      cuType: 'Performance-optimized',
      cuSize: 8,
    },
  })

/** What a create at Zilliz Cloud says beside name, region and labels. */
export const specSchema = z
  .discriminatedUnion('plan', [serverless, free, dedicated])
  .openapi('ZillizSpec', { example: { plan: 'SERVERLESS', projectId: 'proj-0123456789abcdef012345' } })

export type Spec = z.infer<typeof specSchema>
export type Plan = Spec['plan']
export type DedicatedSpec = z.infer<typeof dedicated>
export type Autoscaling = z.infer<typeof autoscalingSchema>
export type Policy = z.infer<typeof policy>

/** Fields that an update may change. */
export const mutableSpecFields = ['cuSize', 'replica', 'autoscaling', 'description'] as const
