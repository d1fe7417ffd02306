import { z } from '@hono/zod-openapi'
import { everyTeam, roles } from '../../cluster/actor.ts'
import { actorSnapshot } from './cluster.ts'
import { exampleIds, id, nullableTime, teamPattern, teamRule, time } from './ids.ts'

export const exampleApiKey = {
  id: exampleIds.key,
  displayName: 'search-ci',
  role: 'operator',
  team: 'search',
  createdBy: { type: 'api_key', id: 'key_01jz8x0v5wf4gr0q2m6h1v9k30', displayName: 'admin' },
  createTime: '2026-03-01T09:00:00.000Z',
  expireTime: null,
  revokeTime: null,
}

export const roleSchema = z.enum(roles).openapi({
  description:
    '`viewer` reads; `operator` also creates, changes and deletes clusters and reveals their credentials; `auditor` reads, audit log and keys included; `admin` does everything.',
})

export const teamOrEvery = z
  .string()
  .refine((team) => team === everyTeam || teamPattern.test(team), `${teamRule}, or * for all teams`)
  .openapi({ description: 'A team, or `*` for all of them.', example: 'search' })

const fields = {
  id: id('key'),
  displayName: z.string(),
  role: roleSchema,
  team: z.string(),
  createdBy: actorSnapshot,
  createTime: time,
  expireTime: nullableTime,
  revokeTime: nullableTime,
}

export const apiKeySchema = z.object(fields).openapi('ApiKey', { example: exampleApiKey })

export const newApiKeySchema = z
  .object({
    ...fields,
    key: z.string().optional().openapi({
      description: 'The text of the key: told once, and not again in a replay.',
      format: 'password',
    }),
  })
  .openapi('NewApiKey')
