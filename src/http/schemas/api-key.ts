import { z } from '@hono/zod-openapi'
import { everyTeam, roles } from '../../cluster/actor.ts'
import { actorSnapshot } from './cluster.ts'
import { exampleIds, id, nullableTime, teamPattern, teamRule, time } from './ids.ts'

export const exampleApiKey = {
  id: exampleIds.key,
  displayName: 'search-ci',
  role: 'operator',
  team: 'search',
  scopes: [{ role: 'operator', team: 'search' }],
  allowOnBehalfOf: false,
  breakGlass: false,
  createdBy: { type: 'api_key', id: 'key_01jz8x0v5wf4gr0q2m6h1v9k30', displayName: 'admin' },
  createTime: '2026-03-01T09:00:00.000Z',
  expireTime: null,
  rotateTime: null,
  revokeTime: null,
  lastUsedTime: '2026-03-01T09:30:00.000Z',
  lastUsedIp: '203.0.113.7',
}

export const roleSchema = z.enum(roles).openapi({
  description:
    '`viewer` reads; `operator` also creates, changes and deletes clusters and reveals their credentials; `auditor` reads, audit log and keys included; `admin` does everything.',
})

export const teamOrEvery = z
  .string()
  .refine((team) => team === everyTeam || teamPattern.test(team), `${teamRule}, or * for all teams`)
  .openapi({ description: 'A team, or `*` for all of them.', example: 'search' })

export const scopeSchema = z
  .strictObject({ role: roleSchema, team: teamOrEvery })
  .openapi('Scope', { description: 'A role in a team, or in all of them (`*`).' })

/** Of one scope; absent where there are several. */
export const shortScope = {
  role: roleSchema.optional(),
  team: z
    .string()
    .optional()
    .openapi({ description: 'Absent, as `role` is, where there are several scopes.' }),
}

const fields = {
  id: id('key'),
  displayName: z.string(),
  ...shortScope,
  scopes: z.array(scopeSchema),
  allowOnBehalfOf: z.boolean().openapi({ description: 'May name the person it acts for (`On-Behalf-Of`).' }),
  breakGlass: z.boolean().openapi({ description: 'Made on the command line for an emergency.' }),
  createdBy: actorSnapshot,
  createTime: time,
  expireTime: nullableTime,
  rotateTime: nullableTime.openapi({
    description: 'When it was given its text; null for that of its creation.',
  }),
  revokeTime: nullableTime,
  lastUsedTime: nullableTime.openapi({ description: 'True to the minute.' }),
  lastUsedIp: z.string().nullable().openapi({ description: 'From where that was.' }),
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
