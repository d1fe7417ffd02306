import { z } from '@hono/zod-openapi'
import { actorTypes, authMethods } from '../../cluster/actor.ts'
import { auditActions, auditOutcomes } from '../../cluster/audit.ts'
import { changeSchema } from './change.ts'
import { exampleIds, id, time } from './ids.ts'
import { personSchema } from './person.ts'
import { policyDecision } from './policy-decision.ts'

export const exampleEntry = {
  id: exampleIds.aud,
  time: '2026-03-01T09:30:00.000Z',
  action: 'cluster.create',
  outcome: 'SUCCESS',
  actor: { type: 'api_key', id: exampleIds.key, displayName: 'search-ci', authMethod: 'api_key' },
  targets: [{ type: 'cluster', id: exampleIds.clu, displayName: 'search-index' }],
  team: 'search',
  context: { ip: '203.0.113.7', userAgent: 'curl/8.5.0', interface: 'http' },
  requestId: 'req_01jz8x0v5wf4gr0q2m6h1v9k3h',
  reason: 'INC-1042',
  changes: [{ path: '/name', before: null, after: 'search-index' }],
}

export const auditEntrySchema = z
  .object({
    id: id('aud'),
    time,
    action: z.enum(auditActions),
    outcome: z.enum(auditOutcomes),
    actor: z.object({
      type: z.enum(actorTypes),
      id: z.string(),
      displayName: z.string(),
      authMethod: z.enum(authMethods),
      issuer: z.string().optional().openapi({ description: 'The OIDC issuer that vouches for the actor.' }),
      breakGlass: z.literal(true).optional().openapi({ description: 'Acted with a key for an emergency.' }),
    }),
    onBehalfOf: personSchema.optional(),
    targets: z.array(
      z.object({
        type: z.enum(['cluster', 'connection', 'api_key', 'team', 'gateway', 'audit']),
        id: z.string(),
        displayName: z.string(),
      }),
    ),
    team: z.string().nullable().openapi({ description: 'Whose affair it is; null for the platform.' }),
    context: z.object({
      ip: z.string().nullable(),
      userAgent: z.string().nullable(),
      interface: z.enum(['http', 'cli', 'reconciler', 'sequencer']),
    }),
    requestId: z.string(),
    provider: z
      .object({
        id: z.string(),
        requestId: z.string().nullable(),
        httpStatus: z.int().nullable(),
        code: z.string().nullable(),
      })
      .optional()
      .openapi({ description: 'The call to the provider that it was about.' }),
    reason: z.string().optional(),
    policy: policyDecision.optional(),
    changes: z.array(changeSchema),
  })
  .openapi('AuditEntry', {
    description: 'Who did what to which thing, when, from where.',
    example: exampleEntry,
  })
