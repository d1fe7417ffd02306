import { z } from '@hono/zod-openapi'
import { authMethods, permissions, permissionsOf } from '../../cluster/actor.ts'
import { may } from '../../cluster/caller.ts'
import { shortForm } from '../../store/api-keys.ts'
import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { scopeSchema, shortScope } from '../schemas/api-key.ts'
import { actorSnapshot } from '../schemas/cluster.ts'
import { exampleIds } from '../schemas/ids.ts'
import { personSchema } from '../schemas/person.ts'

const whoami = z
  .object({
    actor: actorSnapshot,
    authMethod: z.enum(authMethods),
    issuer: z.string().optional().openapi({ description: 'The OIDC issuer of the token that was sent.' }),
    onBehalfOf: personSchema.optional(),
    breakGlass: z.literal(true).optional().openapi({ description: 'The key is one for an emergency.' }),
    ...shortScope,
    scopes: z.array(scopeSchema).openapi({ description: 'What the caller may do where.' }),
    permissions: z
      .array(z.enum(permissions))
      .openapi({ description: 'What the caller may do in some team.' }),
  })
  .openapi('WhoAmI')

export const whoAmI = operation({
  operationId: 'whoAmI',
  method: 'get',
  path: '/whoami',
  tags: ['Access'],
  summary: 'Tell who is asking',
  description: 'Whose key or token was sent, and what that allows.',
  permission: 'self.read',
  audit: 'self.read',
  headers: ['onBehalfOf'],
  responses: {
    200: {
      description: 'The caller.',
      schema: whoami,
      example: {
        actor: { type: 'api_key', id: exampleIds.key, displayName: 'search-viewer' },
        authMethod: 'api_key',
        role: 'viewer',
        team: 'search',
        scopes: [{ role: 'viewer', team: 'search' }],
        permissions: [...permissionsOf.viewer],
      },
    },
  },
  handler: ({ caller, mutation }) => {
    const { type, id, displayName, authMethod, issuer, breakGlass } = caller.actor
    const { onBehalfOf } = mutation.who
    return json(200, {
      actor: { type, id, displayName },
      authMethod,
      ...(issuer !== undefined && { issuer }),
      ...(onBehalfOf && { onBehalfOf }),
      ...(breakGlass && { breakGlass }),
      ...shortForm(caller.scopes),
      scopes: caller.scopes,
      permissions: permissions.filter((permission) => may(caller, permission)),
    })
  },
})
