import { everyTeam } from '../../cluster/actor.ts'
import type { Adapters } from '../../cluster/provider.ts'
import { createConnection as create } from '../../store/connections.ts'
import { connectionReply } from '../connection-reply.ts'
import { readSettings } from '../connection-settings.ts'
import { operation } from '../operation.ts'
import { connectionSchema, exampleConnection } from '../schemas/connection.ts'
import { createConnectionExamples, createConnectionSchema } from '../schemas/connection-fields.ts'
import { sealUpstreamKey } from '../upstream-key.ts'
import { adapterOf, requireOwnTeams, visibleTeams } from '../visible.ts'

export const createConnection = (adapters: Adapters) =>
  operation({
    operationId: 'createConnection',
    method: 'post',
    path: '/connections',
    tags: ['Connections'],
    summary: 'Store an account at a provider',
    description:
      'Seals the API key and stores the connection; the key is verified soon after. Teams left out, it serves all of them, or those that the caller administers.',
    permission: 'connection.write',
    audit: 'connection.create',
    idempotent: true,
    headers: ['reason'],
    body: {
      schema: createConnectionSchema(adapters),
      contentTypes: ['application/json'],
      examples: createConnectionExamples(adapters),
    },
    responses: {
      201: {
        description: 'Stored.',
        schema: connectionSchema,
        example: exampleConnection,
        headers: { Location: 'Path of the connection.', ETag: 'The ETag of the connection.' },
      },
    },
    problems: ['name-taken'],
    handler: async (call) => {
      const { body, deps } = call
      const own = visibleTeams(call)
      const teams = body.teams ?? (own === everyTeam ? [everyTeam] : [...own])
      requireOwnTeams(call, teams)
      const adapter = adapterOf(call, body.provider)
      const settings = readSettings(deps, adapter, body.settings ?? {})
      const id = deps.store.newId('con')
      const { name, provider, apiKey } = body
      const sealed = await sealUpstreamKey(deps, { id, teams }, apiKey)
      const row = await create(deps.store, call.mutation, { id, name, provider, teams, settings, ...sealed })
      return connectionReply(201, row, { location: `/connections/${id}` })
    },
  })
