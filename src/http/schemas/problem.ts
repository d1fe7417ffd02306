import { z } from '@hono/zod-openapi'
import { type ProblemCode, problemCodes } from '../../cluster/problem.ts'
import { policyDecision } from './policy-decision.ts'

const codes = Object.keys(problemCodes) as [ProblemCode, ...ProblemCode[]]

export const providerCauseSchema = z
  .object({
    id: z.string().openapi({ example: 'zilliz' }),
    httpStatus: z.int().nullable(),
    code: z.string().nullable().openapi({ description: "The provider's own code, verbatim." }),
    message: z.string(),
    requestId: z.string().nullable().openapi({ description: "The provider's id of the call." }),
  })
  .openapi('ProviderCause', { description: 'What the provider itself said.' })

export const problemSchema = z
  .looseObject({
    type: z.string().openapi({ description: 'Opens on this server.', format: 'uri-reference' }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().openapi({ description: 'What is wrong with this very request.' }),
    instance: z.string().openapi({ description: 'The path of the request.' }),
    code: z.enum(codes).openapi({ description: 'Stable: write programs against it.' }),
    requestId: z.string(),
    retryable: z.boolean().openapi({ description: 'The same request may work later, unchanged.' }),
    errors: z
      .array(
        z.object({
          pointer: z.string().openapi({
            description: 'RFC 6901 pointer into the body, or `query/…`, `header/…`, `path/…`.',
            example: '/spec/plan',
          }),
          detail: z.string(),
        }),
      )
      .optional(),
    provider: providerCauseSchema.optional(),
    policy: policyDecision.optional(),
  })
  .openapi('Problem', { description: 'RFC 9457 problem details.' })
