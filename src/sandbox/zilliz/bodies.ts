import { z } from 'zod'
import { ZillizFailure } from './failure.ts'
import { autoscalingSchema, PROJECT_PLANS } from './records.ts'

// Fields that the service does not know are ignored, as it does.

const clusterName = z.string().regex(/^[A-Za-z0-9-]{1,32}$/)
const projectId = z.string().regex(/^proj-[A-Za-z0-9]+$/)
const regionId = z.string().min(1)
const description = z.string().max(256)

const LABEL_KEY = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/
const LABEL_VALUE = /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/
const labels = z.record(z.string().regex(LABEL_KEY), z.string().regex(LABEL_VALUE))

/** Free and serverless. */
export const createSmallBody = z.object({
  clusterName,
  projectId,
  regionId,
  description: description.optional(),
  labels: labels.optional(),
})

export const createDedicatedBody = z.object({
  clusterName,
  projectId,
  regionId,
  plan: z.string().optional(),
  cuType: z.string(),
  cuSize: z.int().positive().optional(),
  autoscaling: autoscalingSchema.pick({ cu: true }).strict().optional(),
  replica: z.int().positive().optional(),
  labels: labels.optional(),
})
export type CreateDedicatedBody = z.infer<typeof createDedicatedBody>

export const modifyBody = z.object({
  cuSize: z.int().positive().optional(),
  replica: z.int().positive().optional(),
  autoscaling: autoscalingSchema.optional(),
})
export type ModifyBody = z.infer<typeof modifyBody>

export const modifyReplicaBody = z.object({ replica: z.int().min(1).max(8) })

export const updateClusterBody = z.object({
  clusterName: clusterName.optional(),
  description: description.optional(),
})

export const renameBody = z.object({ clusterName })

export const labelsBody = z.object({ labels })

const plan = z.enum(PROJECT_PLANS)

export const createProjectBody = z.object({
  projectName: z.string().min(1).max(64),
  plan: plan.default('Standard'),
  regionIds: z.array(regionId).default([]),
  description: description.default(''),
})

export const projectPlanBody = z.object({ plan })

const CODE_BY_FIELD: Readonly<Record<string, number>> = {
  clusterName: 96010,
  projectId: 96005,
  regionId: 96001,
  regionIds: 96001,
  description: 80011,
  plan: 96004,
  cuType: 96003,
  cuSize: 96002,
}

const INCORRECT_PARAMETER = 80000

/** Reads a JSON body. @throws ZillizFailure with the code of the first field that is wrong, 80000 for anything else */
export function parseBody<Schema extends z.ZodType>(schema: Schema, text: string): z.infer<Schema> {
  const parsed = schema.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  const field = parsed.error.issues[0]?.path[0]
  throw new ZillizFailure(CODE_BY_FIELD[String(field)] ?? INCORRECT_PARAMETER)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ZillizFailure(INCORRECT_PARAMETER)
  }
}
