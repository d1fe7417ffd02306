import { z } from '@hono/zod-openapi'
import { circuitStates } from '../app-deps.ts'
import { operationErrorSchema } from './cluster.ts'
import { etag, exampleIds, id, nullableTime, time } from './ids.ts'

export const exampleConnection = {
  id: exampleIds.con,
  name: 'zilliz-prod',
  provider: 'zilliz',
  teams: ['*'],
  settings: { baseUrl: 'https://api.cloud.zilliz.com' },
  apiKeyFingerprint: '5e884898da280471',
  createTime: '2026-03-01T09:00:00.000Z',
  updateTime: '2026-03-01T09:00:00.000Z',
  verifiedTime: null,
  verifying: true,
  lastError: null,
  lastSync: null,
  etag: '"1"',
}

const sync = z
  .object({
    startTime: time,
    endTime: nullableTime,
    status: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED']),
    completeTime: nullableTime,
    clusterCount: z.int().min(0).nullable(),
    error: operationErrorSchema.nullable(),
  })
  .openapi('ConnectionSync')

export const connectionSchema = z
  .object({
    id: id('con'),
    name: z.string(),
    provider: z.string(),
    teams: z.array(z.string()).openapi({ description: 'The teams that may use it; `*` is all of them.' }),
    settings: z.record(z.string(), z.unknown()),
    apiKeyFingerprint: z.string().openapi({
      description: 'First 16 hex digits of the SHA-256 of the API key, which itself is never shown.',
    }),
    createTime: time,
    updateTime: time,
    verifiedTime: nullableTime.openapi({ description: 'When the key last opened the account.' }),
    verifying: z.boolean().openapi({ description: 'A verification is asked for and not answered yet.' }),
    lastError: operationErrorSchema.nullable().openapi({ description: 'Why the last verification failed.' }),
    lastSync: sync.nullable(),
    circuit: z.enum(circuitStates).optional().openapi({
      description:
        'When read: whether calls are made (`CLOSED`), held back after failures (`OPEN`), or tried again (`HALF_OPEN`). Not part of the ETag.',
    }),
    etag,
  })
  .openapi('Connection', { example: exampleConnection })
