import { z } from '@hono/zod-openapi'
import type { Json } from '../../cluster/json.ts'

/** Fields come and go by year and by route, and a number may be a string: what does not fit reads as absent. */
const text = z.string().trim().min(1).nullable().catch(null)
const size = z.coerce.number().int().positive().nullable().catch(null)

const schedules = z.array(
  z.object({ cron: z.string(), target: z.number(), timezone: z.string().optional().catch(undefined) }),
)
const policy = z
  .object({ min: size, max: size, schedules: schedules.catch([]) })
  .nullable()
  .catch(null)

const clusterRecord = z.object({
  clusterId: z.string().min(1),
  status: z.string().min(1),
  clusterName: text,
  projectId: text,
  description: text,
  regionId: text,
  plan: text,
  deploymentOption: text,
  cuType: text,
  cuSize: size,
  replica: size,
  autoscaling: z.object({ cu: policy, replica: policy }).nullable().catch(null),
  connectAddress: text,
  createTime: text,
  keyIdentifier: text,
})

/** A cluster as list and describe tell it. Only its id and status can be relied upon. */
export type ClusterRecord = z.infer<typeof clusterRecord>
export type PolicyRecord = z.infer<typeof policy>

/** Undefined when id or status is missing. */
export function clusterRecordIn(data: Json): ClusterRecord | undefined {
  return clusterRecord.safeParse(data).data
}
