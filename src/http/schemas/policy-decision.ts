import { z } from '@hono/zod-openapi'

export const policyFinding = z
  .object({
    rule: z.string().openapi({ description: 'Its path in the policy.', example: 'quotas.clusters' }),
    input: z.unknown().openapi({ description: 'What was asked, or would come of it.', example: 11 }),
    limit: z.unknown().openapi({ description: 'What is allowed.', example: 10 }),
  })
  .openapi('PolicyFinding', { description: 'A rule that is in the way.' })

export const policyDecision = z
  .object({
    decision: z.enum(['ALLOW', 'DENY', 'APPROVAL']),
    team: z.string().openapi({
      description: 'Whose policy it is: `*` for the one of all teams without their own.',
      example: 'search',
    }),
    version: z.int().openapi({ description: 'Which version of it.', example: 3 }),
    rules: z.array(policyFinding),
  })
  .openapi('PolicyDecision', { description: 'What a policy says to a request, and why.' })
