import { seesTeam } from '../cluster/caller.ts'
import { Problem } from '../cluster/problem.ts'
import type { Call } from './call.ts'
import { teamPattern } from './schemas/ids.ts'
import { exampleTeam } from './schemas/team.ts'
import { requireInTeam } from './visible.ts'

/** The path parameter `team`. */
export const teamParameter = {
  team: { description: 'The name of the team.', example: exampleTeam.name, pattern: teamPattern.source },
}

/** The team that the path names, if the caller may know of it. */
export function visibleTeamName(call: Call): string {
  const { team = '' } = call.params
  if (!teamPattern.test(team) || !seesTeam(call.caller, team)) {
    throw new Problem('not-found', 'There is no such team.')
  }
  call.concerns({ type: 'team', id: team, displayName: team }, team)
  requireInTeam(call, team)
  return team
}
