import { z } from '@hono/zod-openapi'
import { actorTypes } from '../../cluster/actor.ts'
import {
  approvalStatuses,
  clusterStates,
  credentialStates,
  managements,
  observedVias,
  operationKinds,
  operationStatuses,
} from '../../cluster/cluster.ts'
import { approverRoles } from '../../cluster/policy.ts'
import { changeSchema } from './change.ts'
import { etag, exampleIds, id, nullableTime, time } from './ids.ts'
import { policyFinding } from './policy-decision.ts'
import { providerCauseSchema } from './problem.ts'

export const actorSnapshot = z
  .object({
    type: z.enum(actorTypes),
    id: z.string().openapi({ example: exampleIds.key }),
    displayName: z.string().openapi({ example: 'search-ci' }),
  })
  .openapi('ActorSnapshot', { description: 'Who it was, as named then.' })

export const operationErrorSchema = z
  .object({
    code: z.string(),
    message: z.string(),
    retryable: z.boolean(),
    provider: providerCauseSchema.optional(),
  })
  .openapi('OperationError')

const operationSchema = z
  .object({
    kind: z.enum(operationKinds),
    status: z.enum(operationStatuses).openapi({
      description: '`OUTCOME_UNKNOWN`: sent, no answer came; it is being found out without asking twice.',
    }),
    startTime: time,
    endTime: nullableTime,
    attempts: z
      .int()
      .min(0)
      .openapi({ description: 'Calls to the provider that could have changed something.' }),
    nextAttemptTime: nullableTime,
    error: operationErrorSchema.nullable(),
  })
  .openapi('ClusterOperation', { description: 'What is being done to the cluster now, or was done last.' })

const approvalSchema = z
  .object({
    status: z.enum(approvalStatuses),
    rules: z.array(policyFinding).openapi({ description: 'What of the policy made it wait.' }),
    role: z.enum(approverRoles).openapi({ description: 'The least role that may decide.' }),
    requestedBy: actorSnapshot,
    requestTime: time,
    expireTime: time.openapi({ description: 'Until when somebody must have decided.' }),
    decidedBy: actorSnapshot.nullable(),
    decideTime: nullableTime,
    reason: z.string().nullable().openapi({ description: 'Why it was decided so.' }),
  })
  .openapi('ClusterApproval', {
    description: 'The wait for a second person, where the policy of the team asks for one.',
  })

const driftSchema = z.object({ time, changes: z.array(changeSchema) }).openapi('ClusterDrift', {
  description: 'How the cluster last changed at its provider without being asked to through the gateway.',
})

export const exampleCluster = {
  id: exampleIds.clu,
  name: 'search-index',
  displayName: 'Search index',
  provider: 'zilliz',
  connection: 'zilliz-prod',
  team: 'search',
  region: 'gcp-us-west1',
  spec: { plan: 'SERVERLESS', projectId: 'proj-0123456789abcdef012345' },
  labels: { env: 'prod' },
  state: 'PENDING',
  stateReason: null,
  providerState: null,
  providerDetails: {},
  externalId: null,
  endpoint: null,
  credentialState: 'NONE',
  management: 'MANAGED',
  deletionProtection: false,
  expireTime: null,
  createdBy: { type: 'api_key', id: exampleIds.key, displayName: 'search-ci' },
  createTime: '2026-03-01T09:30:00.000Z',
  updateTime: '2026-03-01T09:30:00.000Z',
  readyTime: null,
  deleteTime: null,
  observedTime: null,
  observedVia: null,
  operation: {
    kind: 'create',
    status: 'PENDING',
    startTime: '2026-03-01T09:30:00.000Z',
    endTime: null,
    attempts: 0,
    nextAttemptTime: '2026-03-01T09:30:00.000Z',
    error: null,
  },
  drift: null,
  approval: null,
  etag: '"1"',
}

export const labelsSchema = z.record(z.string(), z.string()).openapi({ example: { env: 'prod' } })

export const clusterSchema = z
  .object({
    id: id('clu'),
    name: z.string(),
    displayName: z.string(),
    provider: z.string(),
    connection: z.string(),
    team: z.string(),
    region: z.string().nullable(),
    spec: z
      .record(z.string(), z.unknown())
      .openapi({ description: "The provider's own block: see `GET /providers/{provider}`." }),
    labels: labelsSchema,
    state: z.enum(clusterStates),
    stateReason: z.string().nullable(),
    providerState: z.string().nullable().openapi({ description: "The provider's own word, verbatim." }),
    providerDetails: z.record(z.string(), z.string()).openapi({
      description:
        'What else the provider tells of it, verbatim: `prompt` of Zilliz, `name`, `createTime`, `updateTime` and status of Fireworks.',
    }),
    externalId: z.string().nullable(),
    endpoint: z.string().nullable(),
    credentialState: z.enum(credentialStates),
    management: z.enum(managements),
    deletionProtection: z.boolean(),
    expireTime: nullableTime,
    createdBy: actorSnapshot,
    createTime: time,
    updateTime: time,
    readyTime: nullableTime,
    deleteTime: nullableTime,
    observedTime: nullableTime,
    observedVia: z.enum(observedVias).nullable(),
    operation: operationSchema.nullable(),
    drift: driftSchema.nullable(),
    approval: approvalSchema.nullable(),
    etag,
  })
  .openapi('Cluster', { example: exampleCluster })
