import { z } from '@hono/zod-openapi'
import { everyTeam } from '../../cluster/actor.ts'
import { Problem } from '../../cluster/problem.ts'
import { createApiKey as create, renderApiKey } from '../../store/api-keys.ts'
import { hashApiKey, makeApiKeyText } from '../api-key-text.ts'
import { readFutureTime } from '../cluster-order.ts'
import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { exampleApiKey, newApiKeySchema, roleSchema, teamOrEvery } from '../schemas/api-key.ts'
import { displayName, futureTime } from '../schemas/cluster-fields.ts'

const body = z
  .strictObject({
    role: roleSchema,
    team: teamOrEvery,
    displayName: displayName.optional().openapi({
      description: 'Shown wherever the key has acted. Default: role and team.',
      example: 'search-ci',
    }),
    expireTime: futureTime
      .nullable()
      .optional()
      .openapi({ description: 'When the key stops working. In the future.' }),
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
    const { deps, caller, body } = call
    if (caller.team !== everyTeam && body.team !== caller.team) {
      throw new Problem('forbidden', `A key of the team ${caller.team} can make keys of that team only.`)
    }
    const id = deps.store.newId('key')
    const text = makeApiKeyText(id)
    deps.hide(text)
    const key = await create(deps.store, call.mutation, {
      id,
      role: body.role,
      team: body.team,
      displayName:
        body.displayName ??
        `${body.role} of ${body.team === everyTeam ? 'all teams' : body.team}`.slice(0, 63),
      hash: hashApiKey(text),
      expireTime: readFutureTime(call, body.expireTime),
    })
    return json(201, { ...renderApiKey(key), key: text }, { location: `/api-keys/${id}` })
  },
})
