import { findTeam, renderTeam } from '../../store/teams.ts'
import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { exampleTeam, teamSchema } from '../schemas/team.ts'
import { teamParameter, visibleTeamName } from '../team-of-path.ts'

export const getTeam = operation({
  operationId: 'getTeam',
  method: 'get',
  path: '/teams/{team}',
  tags: ['Access'],
  summary: 'Get a team',
  description: 'How a team is set up; one that never was has the defaults.',
  permission: 'team.read',
  audit: 'team.read',
  params: teamParameter,
  responses: {
    200: {
      description: 'The team.',
      schema: teamSchema,
      example: exampleTeam,
      headers: { ETag: 'Changes with the team.' },
    },
  },
  handler: async (call) => {
    const name = visibleTeamName(call)
    const row = await findTeam(call.deps.store.reader, name)
    const team = renderTeam(
      row ?? { name, duplicateWindowMs: null, createTime: null, updateTime: null, version: 0 },
    )
    return json(200, team, { etag: team.etag })
  },
})
