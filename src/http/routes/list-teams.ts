import { z } from '@hono/zod-openapi'
import { listTeams as list, renderTeam } from '../../store/teams.ts'
import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { exampleTeam, teamSchema } from '../schemas/team.ts'
import { visibleTeams } from '../visible.ts'

export const listTeams = operation({
  operationId: 'listTeams',
  method: 'get',
  path: '/teams',
  tags: ['Access'],
  summary: 'List teams',
  description: 'Every team that has been set up; one that has not has the defaults.',
  permission: 'team.read',
  audit: 'team.read',
  responses: {
    200: {
      description: 'The teams.',
      schema: z.object({ teams: z.array(teamSchema) }).openapi('TeamList'),
      example: { teams: [exampleTeam] },
    },
  },
  handler: async (call) => {
    const teams = await list(call.deps.store, visibleTeams(call))
    return json(200, { teams: teams.map(renderTeam) })
  },
})
