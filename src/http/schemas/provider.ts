import { z } from '@hono/zod-openapi'
import type { Adapter } from '../../cluster/provider.ts'

export const exampleProvider = {
  id: 'zilliz',
  title: 'Zilliz Cloud',
  documentationUrl: 'https://docs.zilliz.com/reference/restful',
  capabilities: {
    suspend: true,
    resume: true,
    update: true,
    rename: false,
    credentials: true,
    kubeconfig: false,
    projects: true,
    regions: true,
  },
  limits: {
    name: {
      pattern: '^[A-Za-z][A-Za-z0-9-]*$',
      maxLength: 32,
      description: 'up to 32 letters, digits and hyphens',
    },
    pageSize: 100,
    requestsPerSecond: 10,
    createTimeoutMs: 2_700_000,
    updateTimeoutMs: 2_700_000,
  },
}

const able = z.boolean()

const fields = {
  id: z.string(),
  title: z.string(),
  documentationUrl: z.string(),
  capabilities: z
    .object({
      suspend: able,
      resume: able,
      update: able,
      rename: able,
      credentials: able.openapi({ description: 'A create gives a one-time password.' }),
      kubeconfig: able,
      projects: able,
      regions: able,
    })
    .openapi('ProviderCapabilities'),
  limits: z
    .object({
      name: z.object({ pattern: z.string(), maxLength: z.int(), description: z.string() }),
      pageSize: z.int(),
      requestsPerSecond: z.number(),
      createTimeoutMs: z.int(),
      updateTimeoutMs: z.int(),
    })
    .openapi('ProviderLimits'),
}

export const providerSummary = z.object(fields).openapi('ProviderSummary', { example: exampleProvider })

const jsonSchema = z.record(z.string(), z.unknown()).openapi({ description: 'JSON Schema, draft 2020-12.' })

export const providerSchema = z
  .object({
    ...fields,
    mutableSpecFields: z
      .array(z.string())
      .openapi({ description: 'Fields of `spec` that an update may change.' }),
    specSchema: jsonSchema,
    settingsSchema: jsonSchema,
  })
  .openapi('Provider')

export function renderSummary({ id, title, documentationUrl, capabilities, limits }: Adapter) {
  return { id, title, documentationUrl, capabilities, limits }
}

export function renderProvider(adapter: Adapter) {
  return {
    ...renderSummary(adapter),
    mutableSpecFields: adapter.mutableSpecFields,
    specSchema: schemaOf(adapter.specSchema),
    settingsSchema: schemaOf(adapter.settingsSchema),
  }
}

/** What a caller writes, before defaults. */
function schemaOf(schema: z.ZodType) {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
}
