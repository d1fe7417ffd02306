import { z } from '@hono/zod-openapi'
import { everyTeam } from '../../cluster/actor.ts'
import type { Scope } from '../../cluster/caller.ts'
import { invalid } from '../../cluster/problem.ts'
import { createApiKey as create, renderApiKey } from '../../store/api-keys.ts'
import { hashApiKey, makeApiKeyText } from '../api-key-text.ts'
import { readFutureTime } from '../cluster-order.ts'
import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { exampleApiKey, newApiKeySchema, roleSchema, scopeSchema, teamOrEvery } from '../schemas/api-key.ts'
import { displayName, futureTime } from '../schemas/cluster-fields.ts'
import { requireHeld } from '../visible.ts'

const body = z
  .strictObject({
    role: roleSchema.optional(),
    team: teamOrEvery.optional(),
    scopes: z
      .array(scopeSchema)
      .min(1)
      .max(20)
      .optional()
      .openapi({ description: 'What the key may do where. For one scope `role` and `team` say the same.' }),
    displayName: displayName.optional().openapi({
      description: 'Shown wherever the key has acted. Default: role and team.',
      example: 'search-ci',
    }),
    expireTime: futureTime
      .nullable()
      .optional()
      .openapi({ description: 'When the key stops working. In the future.' }),
    allowOnBehalfOf: z.boolean().optional().openapi({
      description:
        'Lets the key name the person that it acts for, in `On-Behalf-Of`. It grants nothing more.',
    }),
  })
  .openapi('CreateApiKeyRequest')

export const createApiKey = operation({
  operationId: 'createApiKey',
  method: 'post',
  path: '/api-keys',
  tags: ['Access'],
  summary: 'Make an API key',
  description:
    'Answers the text of the key once, as `key`; only its hash is kept. A replay by `Idempotency-Key` tells everything but the text.',
  permission: 'key.write',
  audit: 'key.create',
  idempotent: true,
  headers: ['reason'],
  body: {
    schema: body,
    contentTypes: ['application/json'],
    examples: {
      operator: {
        summary: 'For the pipeline of a team',
        value: { role: 'operator', team: 'search', displayName: 'search-ci' },
      },
      several: {
        summary: 'For a portal that works for two teams and tells whom for',
        value: {
          scopes: [
            { role: 'operator', team: 'search' },
            { role: 'viewer', team: 'ml' },
          ],
          displayName: 'portal',
          allowOnBehalfOf: true,
        },
      },
    },
  },
  responses: {
    201: {
      description: 'Made.',
      schema: newApiKeySchema,
      example: { ...exampleApiKey, key: 'cgk_…' },
      headers: { Location: 'Path of the key.' },
    },
  },
  handler: async (call) => {
    const { deps, body } = call
    const scopes = scopesOf(body)
    requireHeld(call, scopes)
    const id = deps.store.newId('key')
    const text = makeApiKeyText(id)
    deps.hide(text)
    const key = await create(deps.store, call.mutation, {
      id,
      scopes,
      displayName: body.displayName ?? nameOf(scopes),
      hash: hashApiKey(text),
      expireTime: readFutureTime(call, body.expireTime),
      allowOnBehalfOf: body.allowOnBehalfOf ?? false,
    })
    return json(201, { ...renderApiKey(key), key: text }, { location: `/api-keys/${id}` })
  },
})

function scopesOf({ role, team, scopes }: z.output<typeof body>): Scope[] {
  if (scopes) {
    const short = [role !== undefined && '/role', team !== undefined && '/team'].filter(
      (pointer) => pointer !== false,
    )
    if (short.length === 0) return distinct(scopes)
    throw invalid(
      short.map((pointer) => ({ pointer, detail: 'is one scope, and /scopes are given: leave one out' })),
    )
  }
  if (role !== undefined && team !== undefined) return [{ role, team }]
  const missing = [role === undefined && '/role', team === undefined && '/team'].filter(
    (pointer) => pointer !== false,
  )
  throw invalid(missing.map((pointer) => ({ pointer, detail: 'is required where there are no /scopes' })))
}

function distinct(scopes: readonly Scope[]): Scope[] {
  return [...new Map(scopes.map((scope) => [`${scope.role} ${scope.team}`, scope])).values()]
}

function nameOf([first, ...others]: readonly Scope[]): string {
  const { role, team } = first ?? { role: 'no role', team: everyTeam }
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  return `${role} of ${team === everyTeam ? 'all teams' : team}`.slice(0, 63 - more.length) + more
}
