import { z } from '@hono/zod-openapi'
import { permissions, permissionsOf } from '../../cluster/actor.ts'
import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { roleSchema } from '../schemas/api-key.ts'
import { actorSnapshot } from '../schemas/cluster.ts'
import { exampleIds } from '../schemas/ids.ts'

const whoami = z
  .object({
    actor: actorSnapshot,
    role: roleSchema,
    team: z.string().openapi({ description: 'The team that the caller acts for; `*` is all of them.' }),
    permissions: z.array(z.enum(permissions)),
  })
  .openapi('WhoAmI')

export const whoAmI = operation({
  operationId: 'whoAmI',
  method: 'get',
  path: '/whoami',
  tags: ['Access'],
  summary: 'Tell who is asking',
  description: 'The key that was sent, its role, its team, and what that allows.',
  permission: 'self.read',
  audit: 'self.read',
  responses: {
    200: {
      description: 'The caller.',
      schema: whoami,
      example: {
        actor: { type: 'api_key', id: exampleIds.key, displayName: 'search-viewer' },
        role: 'viewer',
        team: 'search',
        permissions: [...permissionsOf.viewer],
      },
    },
  },
  handler: ({ caller }) => {
    const { type, id, displayName } = caller.actor
    const allowed = [...permissionsOf[caller.role]]
    return json(200, {
      actor: { type, id, displayName },
      role: caller.role,
      team: caller.team,
      permissions: allowed,
    })
  },
})
