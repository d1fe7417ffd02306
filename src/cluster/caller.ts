import { type Actor, everyTeam, type Permission, permissionsOf, type Role, servesTeam } from './actor.ts'

/** A role in a team, or in all of them (`*`). */
export interface Scope {
  role: Role
  team: string
}

/** An authenticated caller: an actor and what it may do where. Without scopes it is known and may do nothing. */
export interface Caller {
  actor: Actor
  scopes: readonly Scope[]
  /** May name the person that it acts for. */
  speaksForOthers: boolean
}

/** Teams by name, or all of them. */
export type Teams = readonly string[] | typeof everyTeam

/**
 * Whether a caller has a permission in a team. In `*` it has what a scope of all teams gives; in no team in particular
 * what any scope gives.
 */
export function may({ scopes }: Pick<Caller, 'scopes'>, permission: Permission, team?: string): boolean {
  return scopes.some(
    (scope) =>
      permissionsOf[scope.role].has(permission) &&
      (team === undefined || scope.team === everyTeam || scope.team === team),
  )
}

/** Where a caller has a permission. */
export function teamsWith({ scopes }: Pick<Caller, 'scopes'>, permission: Permission): Teams {
  return teamsOf(scopes.filter(({ role }) => permissionsOf[role].has(permission)))
}

export function teamsOf(scopes: readonly Scope[]): Teams {
  const teams = new Set(scopes.map(({ team }) => team))
  return teams.has(everyTeam) ? everyTeam : [...teams]
}

/** Whether a caller may know of what a team has: every role reads. */
export function seesTeam({ scopes }: Pick<Caller, 'scopes'>, team: string): boolean {
  return scopes.some((scope) => scope.team === everyTeam || scope.team === team)
}

/** Whether a caller could do all that a scope allows, and so may give it away. */
export function holds(caller: Pick<Caller, 'scopes'>, { role, team }: Scope): boolean {
  return [...permissionsOf[role]].every((permission) => may(caller, permission, team))
}

/** The team of scopes that are all of one; null where they are of several, or of all. */
export function onlyTeam(scopes: readonly Scope[]): string | null {
  const teams = teamsOf(scopes)
  return teams !== everyTeam && teams.length === 1 ? (teams[0] ?? null) : null
}

/** Whether one of the scopes is in one of the teams; one of every team is in none in particular. */
export function areIn(scopes: readonly Scope[], teams: Teams): boolean {
  return teams === everyTeam || scopes.some(({ team }) => teams.includes(team))
}

/** Whether a connection, by the teams it serves, serves one of these. */
export function servesAny(served: readonly string[], teams: Teams): boolean {
  return teams === everyTeam || teams.some((team) => servesTeam(served, team))
}
