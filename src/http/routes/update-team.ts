import { putTeam, renderTeam } from '../../store/teams.ts'
import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { exampleTeam, teamSchema, teamSettings } from '../schemas/team.ts'
import { teamParameter, visibleTeamName } from '../team-of-path.ts'

export const updateTeam = operation({
  operationId: 'updateTeam',
  method: 'put',
  path: '/teams/{team}',
  tags: ['Access'],
  summary: 'Set a team up',
  description:
    'Sets all of a team’s settings. With `duplicateGuard` on, a create of much the same cluster as one asked for a moment ago is refused with `possible-duplicate`, unless it says `allowDuplicate: true`.',
  permission: 'team.write',
  audit: 'team.update',
  params: teamParameter,
  headers: ['ifMatch', 'reason'],
  body: {
    schema: teamSettings,
    contentTypes: ['application/json'],
    examples: {
      guarded: {
        summary: 'Refuse a second cluster of one shape within ten minutes',
        value: { duplicateGuard: { enabled: true, windowSeconds: 600 } },
      },
    },
  },
  responses: { 200: { description: 'The team as it is now.', schema: teamSchema, example: exampleTeam } },
  handler: async (call) => {
    const { duplicateGuard: guard } = call.body
    const duplicateWindowMs = guard.enabled ? guard.windowSeconds * 1000 : null
    const row = await putTeam(call.deps.store, call.mutation, visibleTeamName(call), { duplicateWindowMs })
    const team = renderTeam(row)
    return json(200, team, { etag: team.etag })
  },
})
