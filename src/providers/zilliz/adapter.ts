import type { z } from '@hono/zod-openapi'
import type { JsonObject } from '../../cluster/json.ts'
import type { Adapter } from '../../cluster/provider.ts'
import { check, nameRule } from './check.ts'
import { create } from './create.ts'
import { directory, verify } from './directory.ts'
import { drop, observe, resume, suspend } from './lifecycle.ts'
import { find, list, pageSize } from './list.ts'
import { matches, refusal, residue } from './rules.ts'
import { settingsSchema } from './settings.ts'
import { policyTerms, shapeOf } from './shape.ts'
import { mutableSpecFields, specSchema } from './spec.ts'
import { update } from './update.ts'

const minuteMs = 60_000

/** Zilliz Cloud: serverless, free and dedicated vector database clusters, by its control-plane API of version 2. */
export const zilliz: Adapter = {
  id: 'zilliz',
  title: 'Zilliz Cloud',
  documentationUrl: 'https://docs.zilliz.com/reference/restful',
  capabilities: {
    suspend: true,
    resume: true,
    update: true,
    rename: true,
    credentials: true,
    kubeconfig: false,
    projects: true,
    regions: true,
  },
  limits: {
    name: nameRule,
    pageSize,
    requestsPerSecond: 20,
    createTimeoutMs: 45 * minuteMs,
    updateTimeoutMs: 30 * minuteMs,
  },
  specSchema: specSchema as z.ZodType<JsonObject>,
  settingsSchema: settingsSchema as z.ZodType<JsonObject>,
  mutableSpecFields,
  check,
  policyTerms,
  shapeOf,
  scopeOf: (spec) => (typeof spec.projectId === 'string' ? spec.projectId : ''),
  upstreamFields: (spec) => (spec.plan === 'DEDICATED' ? ['labels'] : []),
  refusal,
  residue,
  matches,
  verify,
  directory,
  create,
  find,
  observe,
  update,
  suspend,
  resume,
  delete: drop,
  list,
  /** The address is what the service says; its form varies by cloud and year. */
  access: async (_account, observed) => (observed.endpoint === null ? null : { endpoint: observed.endpoint }),
}
