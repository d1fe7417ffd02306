import { z } from '@hono/zod-openapi'
import { type JsonObject, mergePatch, sameJson } from '../../cluster/json.ts'
import { invalid } from '../../cluster/problem.ts'
import type { ConnectionRow } from '../../store/connection-rows.ts'
import { type ConnectionPatch, patchConnection } from '../../store/connections.ts'
import { connectionReply } from '../connection-reply.ts'
import { readSettings } from '../connection-settings.ts'
import { operation } from '../operation.ts'
import { connectionSchema } from '../schemas/connection.ts'
import { teams, upstreamApiKey } from '../schemas/connection-fields.ts'
import { idParameter } from '../schemas/ids.ts'
import { changeUpstreamKey } from '../upstream-key.ts'
import { adapterOf, requireOwnTeams, visibleConnection } from '../visible.ts'

const body = z
  .strictObject({
    teams: teams.optional(),
    settings: z
      .record(z.string(), z.unknown())
      .transform((settings) => settings as JsonObject)
      .optional()
      .openapi({
        type: 'object',
        additionalProperties: true,
        description: 'Merged with those there are.',
      }),
    apiKey: upstreamApiKey.optional(),
  })
  .openapi('UpdateConnectionRequest')

export const updateConnection = operation({
  operationId: 'updateConnection',
  method: 'patch',
  path: '/connections/{id}',
  tags: ['Connections'],
  summary: 'Change a connection, or replace its API key',
  description:
    'A JSON merge patch (RFC 7396). A new API key or new settings are in use at once and verified soon; no restart is needed. Another host in `baseUrl` takes the API key again, as the stored one is sent nowhere but where it was given for.',
  permission: 'connection.write',
  audit: 'connection.update',
  params: idParameter('con', 'connection'),
  headers: ['ifMatch', 'reason'],
  body: {
    schema: body,
    contentTypes: ['application/merge-patch+json', 'application/json'],
    examples: { key: { summary: 'Replace the API key', value: { apiKey: 'a-new-api-key-of-the-provider' } } },
  },
  responses: {
    200: {
      description: 'Changed.',
      schema: connectionSchema,
      headers: { ETag: 'The ETag of the connection.' },
    },
  },
  handler: async (call) => {
    const { deps, body } = call
    const seen = await visibleConnection(call)
    const decide = async (row: ConnectionRow): Promise<ConnectionPatch> => {
      requireOwnTeams(call, [...row.teams, ...(body.teams ?? [])])
      const settings = body.settings && mergedSettings(row, body.settings)
      if (settings && body.apiKey === undefined) requireSameUpstream(row.settings, settings)
      return {
        ...(body.teams && !sameJson(body.teams, row.teams) && { teams: body.teams }),
        ...(settings && !sameJson(settings, row.settings) && { settings }),
        ...(await changeUpstreamKey(deps, row, body)),
      }
    }
    const mergedSettings = (row: ConnectionRow, patch: JsonObject) =>
      readSettings(deps, adapterOf(call, row.provider), mergePatch(row.settings, patch))
    return connectionReply(200, await patchConnection(deps.store, call.mutation, seen.id, decide))
  },
})

/** Or whoever may change a connection could have its key sent to a server of their own, and read it there. */
function requireSameUpstream(before: JsonObject, after: JsonObject): void {
  if (originOf(before) === originOf(after)) return
  throw invalid([
    { pointer: '/apiKey', detail: 'is required with another baseUrl: the stored key is not sent there' },
  ])
}

function originOf({ baseUrl }: JsonObject): string | null {
  return typeof baseUrl === 'string' ? (URL.parse(baseUrl)?.origin ?? null) : null
}
