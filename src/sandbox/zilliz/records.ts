import { z } from 'zod'

// What the sandbox remembers. Passwords are handed out and forgotten, so there is none here to leak.

const scheduleSchema = z.object({
  cron: z.string(),
  target: z.int().min(1),
  timezone: z.string().optional(),
})

const policySchema = z
  .object({
    min: z.int().min(1).optional(),
    max: z.int().min(1).optional(),
    schedules: z.array(scheduleSchema).optional(),
  })
  .refine((policy) => (policy.min === undefined) === (policy.max === undefined))
  .refine((policy) => policy.min === undefined || policy.max === undefined || policy.min <= policy.max)
  .refine((policy) => policy.min === undefined || policy.schedules === undefined)

export const autoscalingSchema = z.object({ cu: policySchema.optional(), replica: policySchema.optional() })
export type Autoscaling = z.infer<typeof autoscalingSchema>
export type ScalingPolicy = z.infer<typeof policySchema>

export const clusterKindSchema = z.enum(['free', 'serverless', 'dedicated'])
export type ClusterKind = z.infer<typeof clusterKindSchema>

const transitionSchema = z.object({
  /** What `status` reads while it lasts. */
  status: z.string(),
  startTime: z.number(),
  /** What it would take, were it not stuck. */
  durationMs: z.number(),
  stuck: z.boolean(),
  /** The status that it ends in. */
  endStatus: z.string(),
  changes: z.object({ cuSize: z.number().optional(), replica: z.number().optional() }),
})
export type Transition = z.infer<typeof transitionSchema>

const clusterRecordSchema = z.object({
  clusterId: z.string(),
  clusterName: z.string(),
  projectId: z.string(),
  regionId: z.string(),
  description: z.string(),
  kind: clusterKindSchema,
  plan: z.string(),
  cuType: z.string(),
  cuSize: z.number(),
  replica: z.number(),
  autoscaling: autoscalingSchema,
  labels: z.record(z.string(), z.string()),
  /** Epoch milliseconds. */
  createTime: z.number(),
  /** The status at rest, beneath any transition. */
  status: z.string(),
  transition: transitionSchema.nullable(),
  /** Whether it has ever been up; from then on it has an address. */
  wasReady: z.boolean(),
  dropTime: z.number().nullable(),
})
export type ClusterRecord = z.infer<typeof clusterRecordSchema>

export const PROJECT_PLANS = ['Standard', 'Enterprise', 'BusinessCritical'] as const
export type ProjectPlan = (typeof PROJECT_PLANS)[number]

const projectRecordSchema = z.object({
  projectId: z.string(),
  projectName: z.string(),
  plan: z.enum(PROJECT_PLANS),
  regionIds: z.array(z.string()),
  description: z.string(),
  createTime: z.number(),
})
export type ProjectRecord = z.infer<typeof projectRecordSchema>

export const storedStateSchema = z.object({
  version: z.literal(1),
  /** Sandbox time when it was stored, so that a restart does not go back in time. */
  time: z.number(),
  projects: z.array(projectRecordSchema),
  clusters: z.array(clusterRecordSchema),
})
export type StoredState = z.infer<typeof storedStateSchema>
