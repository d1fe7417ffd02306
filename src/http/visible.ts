import { everyTeam, seesTeam, servesTeam } from '../cluster/actor.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { idPattern } from '../cluster/id.ts'
import { Problem } from '../cluster/problem.ts'
import type { Adapter } from '../cluster/provider.ts'
import { type ApiKey, findApiKey } from '../store/api-keys.ts'
import { type ConnectionRow, owningTeam } from '../store/connection-rows.ts'
import { findCluster } from '../store/read-clusters.ts'
import { findConnection } from '../store/read-connections.ts'
import type { Call } from './call.ts'
import { Hidden } from './hidden.ts'

/** The same words whether the thing is another team's or nobody's. An id of a wrong shape is not repeated. */
export function noSuch(kind: 'cluster' | 'connection' | 'API key', id: string): string {
  const known = (['clu', 'con', 'key'] as const).some((prefix) => idPattern(prefix).test(id))
  return known ? `There is no ${kind} ${id}.` : `There is no such ${kind}.`
}

/** The cluster that the path names, if the caller may know of it. */
export async function visibleCluster(call: Call): Promise<Cluster> {
  const { id = '' } = call.params
  const cluster = await findCluster(call.deps.store, id)
  if (!cluster) throw new Problem('not-found', noSuch('cluster', id))
  const target = { type: 'cluster', id, displayName: cluster.name } as const
  if (!seesTeam(call.caller, cluster.team)) throw new Hidden(noSuch('cluster', id), target, cluster.team)
  call.concerns(target, cluster.team)
  return cluster
}

/** The connection that the path names, if it serves the caller's team. */
export async function visibleConnection(call: Call): Promise<ConnectionRow> {
  const { id = '' } = call.params
  const row = await findConnection(call.deps.store, id)
  if (!row) throw new Problem('not-found', noSuch('connection', id))
  const target = { type: 'connection', id, displayName: row.name } as const
  if (call.caller.team !== everyTeam && !servesTeam(row.teams, call.caller.team)) {
    throw new Hidden(noSuch('connection', id), target, owningTeam(row))
  }
  call.concerns(target, owningTeam(row))
  return row
}

/** Only who administers every team a connection serves may change it. */
export function requireOwnTeams(call: Call, teams: readonly string[]): void {
  const { team } = call.caller
  if (team === everyTeam || teams.every((served) => served === team)) return
  throw new Problem('forbidden', `A key of the team ${team} may only manage connections of that team alone.`)
}

export async function visibleApiKey(call: Call): Promise<ApiKey> {
  const { id = '' } = call.params
  const key = await findApiKey(call.deps.store, id)
  if (!key) throw new Problem('not-found', noSuch('API key', id))
  const target = { type: 'api_key', id, displayName: key.displayName } as const
  if (!seesTeam(call.caller, key.team)) throw new Hidden(noSuch('API key', id), target, key.team)
  call.concerns(target, key.team)
  return key
}

/** Undefined for a caller of every team: the lists are not narrowed. */
export function visibleTeam({ caller }: Call): string | undefined {
  return caller.team === everyTeam ? undefined : caller.team
}

export function adapterOf({ deps }: Call, provider: string): Adapter {
  const adapter = deps.adapters[provider]
  if (adapter) return adapter
  throw new Problem('unsupported-by-provider', `This gateway does not speak to ${provider}.`)
}
