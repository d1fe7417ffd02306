import { type Column, eq, inArray, type SQL } from 'drizzle-orm'
import { everyTeam } from '../cluster/actor.ts'
import type { Teams } from '../cluster/caller.ts'

/** Narrows a query to some teams; undefined, which narrows nothing, for all of them. */
export function inTeams(column: Column, teams: Teams): SQL | undefined {
  if (teams === everyTeam) return undefined
  const [only, ...others] = teams
  return only !== undefined && others.length === 0 ? eq(column, only) : inArray(column, [...teams])
}
