import { z } from 'zod'
import { suspendStateSchema } from './accounts.ts'
import { RPC_CODE_NAMES } from './rpc-error.ts'

// What the sandbox remembers. Times are epoch milliseconds.

export const eksClusterSchema = z.strictObject({
  awsAccountId: z.string(),
  fireworksManagerRole: z.string(),
  region: z.string(),
  clusterName: z.string(),
  storageBucketName: z.string(),
  metricWriterRole: z.string(),
  loadBalancerControllerRole: z.string(),
  workloadIdentityPoolProviderId: z.string(),
  inferenceRole: z.string(),
})
export type EksCluster = z.infer<typeof eksClusterSchema>

export const fakeClusterSchema = z.strictObject({
  projectId: z.string(),
  location: z.string(),
  clusterName: z.string(),
})
export type FakeCluster = z.infer<typeof fakeClusterSchema>

export const statusSchema = z.strictObject({ code: z.enum(RPC_CODE_NAMES), message: z.string() })
export type ClusterStatus = z.infer<typeof statusSchema>

const clusterRecordSchema = z.object({
  accountId: z.string(),
  clusterId: z.string(),
  displayName: z.string(),
  eksCluster: eksClusterSchema.nullable(),
  fakeCluster: fakeClusterSchema.nullable(),
  createTime: z.number(),
  /** When somebody last changed it. */
  changeTime: z.number(),
  /** When it is, or will be, READY or FAILED; null while it is stuck. */
  settleTime: z.number().nullable(),
  /** Why it is, or will be, FAILED. */
  failure: statusSchema.nullable(),
  deleteTime: z.number().nullable(),
  /** When it is gone; null while it is not being deleted or is stuck. */
  goneTime: z.number().nullable(),
  /** Shown in place of its state until it is gone. */
  heldState: z.string().nullable(),
  /** Hexadecimal, unlike any other's. */
  uid: z.string(),
})
export type ClusterRecord = z.infer<typeof clusterRecordSchema>

const auditRecordSchema = z.object({
  accountId: z.string(),
  id: z.string(),
  method: z.string(),
  principal: z.string(),
  payload: z.record(z.string(), z.unknown()),
  status: statusSchema,
  time: z.number(),
  resource: z.string(),
  userAgent: z.string(),
  clientIp: z.string(),
  apiKeyId: z.string(),
})
export type AuditRecord = z.infer<typeof auditRecordSchema>

export const storedStateSchema = z.object({
  version: z.literal(1),
  /** Sandbox time when it was stored, so that a restart does not go back in time. */
  time: z.number(),
  clusters: z.array(clusterRecordSchema),
  auditLog: z.array(auditRecordSchema),
  suspendStates: z.record(z.string(), suspendStateSchema),
})
export type StoredState = z.infer<typeof storedStateSchema>
