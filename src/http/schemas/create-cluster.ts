import { z } from '@hono/zod-openapi'
import type { JsonObject } from '../../cluster/json.ts'
import type { Adapter, Adapters } from '../../cluster/provider.ts'
import type { Example } from '../operation.ts'
import { clusterName, displayName, futureTime, labels } from './cluster-fields.ts'
import { teamPattern, teamRule } from './ids.ts'

/** What a create asks for, before it is known whose it is and where it goes. */
export interface CreateClusterBody {
  provider: string
  name: string
  displayName?: string | undefined
  connection?: string | undefined
  team?: string | undefined
  region?: string | null | undefined
  spec: JsonObject
  labels?: Record<string, string> | undefined
  deletionProtection?: boolean | undefined
  expireTime?: string | null | undefined
  allowDuplicate?: boolean | undefined
}

/** One variant a provider, told apart by `provider`; each adapter brings its own `spec`. */
export function createClusterSchema(adapters: Adapters): z.ZodType<CreateClusterBody> {
  const [first, ...others] = Object.values(adapters).map(variant)
  if (!first) throw new Error('there is no provider')
  return z.discriminatedUnion('provider', [first, ...others]).openapi('CreateClusterRequest')
}

function variant(adapter: Adapter) {
  return z
    .strictObject({
      provider: z.literal(adapter.id),
      name: clusterName.openapi({
        description: `The name at the provider, where it is ${adapter.limits.name.description}. Unique among the living clusters of a connection.`,
      }),
      displayName: displayName.optional().openapi({ description: 'Default: the name.' }),
      connection: z.string().min(1).max(100).optional().openapi({
        description:
          'Name or id of the connection. May be left out where the team can use exactly one for this provider.',
      }),
      team: z
        .string()
        .regex(teamPattern, teamRule)
        .optional()
        .openapi({ description: "Default: the caller's team. A caller of every team must name one." }),
      region: z
        .string()
        .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be 1 to 64 letters, digits and hyphens')
        .nullable()
        .optional()
        .openapi({ description: "The provider's own name of the region." }),
      spec: adapter.specSchema.openapi(specName(adapter)),
      labels: labels.optional(),
      deletionProtection: z
        .boolean()
        .optional()
        .openapi({ description: 'While true, a delete is refused.', default: false }),
      expireTime: futureTime.nullable().optional(),
      allowDuplicate: z.boolean().optional().openapi({
        description: "Pass the team's duplicate guard: this is another cluster, not the same one again.",
      }),
    })
    .openapi(`Create${pascalCase(adapter.id)}Cluster`)
}

/** The name of a provider's `spec` among the components. */
export function specName(adapter: Adapter): string {
  return `${pascalCase(adapter.id)}Spec`
}

export function pascalCase(id: string): string {
  return id.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

const known: Record<string, Record<string, Example>> = {
  zilliz: {
    zillizServerless: {
      summary: 'A serverless cluster at Zilliz Cloud',
      value: {
        provider: 'zilliz',
        connection: 'zilliz-prod',
        team: 'search',
        name: 'search-index',
        displayName: 'Search index',
        region: 'gcp-us-west1',
        spec: { plan: 'SERVERLESS', projectId: 'proj-0123456789abcdef012345' },
        labels: { env: 'prod' },
      },
    },
    zillizDedicated: {
      summary: 'A dedicated cluster at Zilliz Cloud',
      value: {
        provider: 'zilliz',
        connection: 'zilliz-prod',
        team: 'search',
        name: 'search-dedicated',
        region: 'aws-us-west-2',
        spec: {
          plan: 'DEDICATED',
          projectId: 'proj-0123456789abcdef012345',
          tier: 'Enterprise',
          cuType: 'Performance-optimized',
          cuSize: 8,
        },
        deletionProtection: true,
      },
    },
  },
  fireworks: {
    fireworksEks: {
      summary: 'Fireworks inference on an EKS cluster of your own',
      value: {
        provider: 'fireworks',
        connection: 'fireworks-prod',
        team: 'ml',
        name: 'inference',
        region: 'us-east-1',
        spec: {
          eks: {
            awsAccountId: '123456789012',
            fireworksManagerRole: 'arn:aws:iam::123456789012:role/FireworksManagerRole',
            clusterName: 'inference',
            storageBucketName: 'fireworks-inference-1a2b3c',
          },
        },
      },
    },
  },
}

export function createClusterExamples(adapters: Adapters): Record<string, Example> {
  return Object.assign({}, ...Object.keys(adapters).map((id) => known[id]))
}
