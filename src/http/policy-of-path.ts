import { everyTeam } from '../cluster/actor.ts'
import { may, servesAny, teamsOf } from '../cluster/caller.ts'
import type { PolicyRules } from '../cluster/policy.ts'
import { contradictionsIn } from '../cluster/policy-contradictions.ts'
import { invalid, Problem } from '../cluster/problem.ts'
import { findLivingConnections } from '../store/read-connections.ts'
import type { Call } from './call.ts'
import { teamPattern } from './schemas/ids.ts'
import { exampleTeam } from './schemas/team.ts'
import { visibleTeamName } from './team-of-path.ts'

/** The path parameter `team` of a policy. */
export const policyTeamParameter = {
  team: {
    description: 'The name of the team, or `*` for the policy of all teams without their own.',
    example: exampleTeam.name,
    pattern: `${teamPattern.source}|^\\*$`,
  },
}

/** The team whose policy the path names, if the caller may know of it. The one of all teams governs everybody. */
export function policyTeam(call: Call): string {
  if (call.params.team !== everyTeam) return visibleTeamName(call)
  call.concerns({ type: 'team', id: everyTeam, displayName: everyTeam }, null)
  return everyTeam
}

/** What a policy of all teams is tested on is the affair of all teams. */
export function requireEveryTeam({ caller, permission }: Call): void {
  if (may(caller, permission, everyTeam)) return
  throw new Problem('forbidden', 'Only an admin of every team may test a policy of all teams.')
}

/** Refuses a policy that contradicts itself, or speaks of what there is not, as far as the caller may know. */
export async function requireSense({ caller, deps }: Call, team: string, rules: PolicyRules): Promise<void> {
  const teams = teamsOf(caller.scopes)
  const living = await findLivingConnections(deps.store)
  const known = living.filter((row) => servesAny(row.teams, teams))
  const connections = known.map((row) => ({
    name: row.name,
    provider: row.provider,
    teams: row.teams,
    regions: row.directory?.regions?.map(({ regionId }) => regionId) ?? null,
  }))
  const adapters = Object.values(deps.adapters)
  const terms = Object.fromEntries(adapters.map(({ id, policyTerms }) => [id, policyTerms]))
  const errors = contradictionsIn(rules, { team, terms, connections })
  if (errors.length > 0) throw invalid(errors)
}
