import { z } from '@hono/zod-openapi'
import { everyTeam } from '../../cluster/actor.ts'
import type { JsonObject } from '../../cluster/json.ts'
import type { Adapter, Adapters } from '../../cluster/provider.ts'
import type { Example } from '../operation.ts'
import { pascalCase } from './create-cluster.ts'
import { teamPattern, teamRule } from './ids.ts'
import { secret } from './secret.ts'

export const teams = z
  .array(
    z
      .string()
      .refine((team) => team === everyTeam || teamPattern.test(team), `${teamRule}, or * for all teams`),
  )
  .min(1)
  .max(1000)
  .refine((all) => new Set(all).size === all.length, 'names a team twice')
  .openapi({ description: 'The teams that may use it; `*` is all of them.', example: ['*'] })

export const upstreamApiKey = secret(
  z
    .string()
    .regex(/^[\x21-\x7e]{1,4096}$/, 'must be 1 to 4096 visible ASCII characters')
    .openapi({
      description: "The account's API key at the provider. Sealed at once and never shown again.",
      example: 'an-api-key-of-the-provider',
    }),
)

export interface CreateConnectionBody {
  name: string
  provider: string
  teams?: string[] | undefined
  apiKey: string
  settings?: JsonObject | undefined
}

export function createConnectionSchema(adapters: Adapters): z.ZodType<CreateConnectionBody> {
  const [first, ...others] = Object.values(adapters).map(variant)
  if (!first) throw new Error('there is no provider')
  return z.discriminatedUnion('provider', [first, ...others]).openapi('CreateConnectionRequest')
}

function variant(adapter: Adapter) {
  return z
    .strictObject({
      name: z
        .string()
        .regex(teamPattern, teamRule)
        .openapi({
          description: 'Unique among connections; cannot be changed.',
          example: `${adapter.id}-prod`,
        }),
      provider: z.literal(adapter.id),
      teams: teams.optional(),
      apiKey: upstreamApiKey,
      settings: adapter.settingsSchema.openapi(`${pascalCase(adapter.id)}Settings`).optional(),
    })
    .openapi(`Create${pascalCase(adapter.id)}Connection`)
}

const known: Record<string, Record<string, Example>> = {
  zilliz: {
    zilliz: {
      summary: 'An account at Zilliz Cloud, for all teams',
      value: {
        name: 'zilliz-prod',
        provider: 'zilliz',
        teams: ['*'],
        apiKey: 'an-api-key-of-zilliz-cloud',
        settings: { baseUrl: 'https://api.cloud.zilliz.com' },
      },
    },
  },
  fireworks: {
    fireworks: {
      summary: 'An account at Fireworks AI, for one team',
      value: {
        name: 'fireworks-prod',
        provider: 'fireworks',
        teams: ['ml'],
        apiKey: 'an-api-key-of-fireworks',
        settings: { baseUrl: 'https://api.fireworks.ai', accountId: 'acme', allowFakeClusters: false },
      },
    },
  },
}

export function createConnectionExamples(adapters: Adapters): Record<string, Example> {
  return Object.assign({}, ...Object.keys(adapters).map((id) => known[id]))
}
