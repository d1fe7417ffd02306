import { everyTeam, type Role } from '../cluster/actor.ts'
import type { Caller } from '../cluster/caller.ts'

/** The roles that a caller has in a team. */
export function rolesIn({ scopes }: Pick<Caller, 'scopes'>, team: string): Role[] {
  return scopes.filter((scope) => scope.team === everyTeam || scope.team === team).map(({ role }) => role)
}
