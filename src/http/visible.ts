import { everyTeam } from '../cluster/actor.ts'
import {
  type Caller,
  holds,
  may,
  onlyTeam,
  type Scope,
  seesTeam,
  servesAny,
  type Teams,
  teamsOf,
  teamsWith,
} from '../cluster/caller.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { idPattern } from '../cluster/id.ts'
import { Problem } from '../cluster/problem.ts'
import type { Adapter } from '../cluster/provider.ts'
import { type ApiKey, findApiKey } from '../store/api-keys.ts'
import { type ConnectionRow, owningTeam } from '../store/connection-rows.ts'
import { findCluster, findClusterDocument, type StoredCluster } from '../store/read-clusters.ts'
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
  requireInTeam(call, cluster.team)
  return cluster
}

/** A cluster as it is shown, if the caller may know of it. The hottest read: one prepared statement. */
export function visibleDocument(
  { deps, caller }: Pick<Call, 'deps' | 'caller'>,
  id: string,
): StoredCluster | Promise<StoredCluster> {
  const cluster = findClusterDocument(deps.store, id)
  if (cluster instanceof Promise) return cluster.then((found) => requireSeen(caller, id, found))
  return requireSeen(caller, id, cluster)
}

/** What was found of a cluster, if anything, and if the caller may see its team. */
export function requireSeen<C extends { team: string }>(
  caller: Caller,
  id: string,
  cluster: C | undefined,
): C {
  if (!cluster) throw new Problem('not-found', noSuch('cluster', id))
  if (seesTeam(caller, cluster.team)) return cluster
  throw new Hidden(noSuch('cluster', id), { type: 'cluster', id, displayName: id }, cluster.team)
}

/** The connection that the path names, if it serves the caller's team. */
export async function visibleConnection(call: Call): Promise<ConnectionRow> {
  const { id = '' } = call.params
  const row = await findConnection(call.deps.store, id)
  if (!row) throw new Problem('not-found', noSuch('connection', id))
  const target = { type: 'connection', id, displayName: row.name } as const
  if (!servesAny(row.teams, teamsOf(call.caller.scopes))) {
    throw new Hidden(noSuch('connection', id), target, owningTeam(row))
  }
  call.concerns(target, owningTeam(row))
  if (!servesAny(row.teams, visibleTeams(call))) throw notInTeam(call, row.teams.join(', '))
  return row
}

/** Only who administers every team a connection serves may change it. */
export function requireOwnTeams(call: Call, teams: readonly string[]): void {
  const beyond = teams.filter((team) => !may(call.caller, call.permission, team))
  if (beyond.length === 0) return
  throw new Problem(
    'forbidden',
    `This takes ${call.permission} in every team it serves: ${beyond.join(', ')} too.`,
  )
}

export async function visibleApiKey(call: Call): Promise<ApiKey> {
  const { id = '' } = call.params
  const key = await findApiKey(call.deps.store, id)
  if (!key) throw new Problem('not-found', noSuch('API key', id))
  const target = { type: 'api_key', id, displayName: key.displayName } as const
  const team = onlyTeam(key.scopes)
  if (!key.scopes.some((scope) => seesTeam(call.caller, scope.team))) {
    throw new Hidden(noSuch('API key', id), target, team)
  }
  call.concerns(target, team)
  if (!key.scopes.some((scope) => may(call.caller, call.permission, scope.team))) {
    throw notInTeam(call, key.scopes.map((scope) => scope.team).join(', '))
  }
  return key
}

/** Who could do less than a key can must not have it, nor take it from others. */
export function requireHeld({ caller, permission }: Call, scopes: readonly Scope[]): void {
  const beyond = scopes.find((scope) => !may(caller, permission, scope.team) || !holds(caller, scope))
  if (!beyond) return
  const where = beyond.team === everyTeam ? 'all teams' : `the team ${beyond.team}`
  throw new Problem('forbidden', `The role ${beyond.role} in ${where} is more than you have yourself.`)
}

/** The teams whose things a list may show: those where the caller has what the operation takes. */
export function visibleTeams({ caller, permission }: Call): Teams {
  return teamsWith(caller, permission)
}

/** The caller may know of the team's things; whether it may do this with them depends on its roles there. */
export function requireInTeam(call: Call, team: string): void {
  if (!may(call.caller, call.permission, team)) throw notInTeam(call, team)
}

function notInTeam({ permission }: Call, team: string): Problem {
  return new Problem('forbidden', `None of your roles in ${team} includes ${permission}.`)
}

export function adapterOf({ deps }: Call, provider: string): Adapter {
  const adapter = deps.adapters[provider]
  if (adapter) return adapter
  throw new Problem('unsupported-by-provider', `This gateway does not speak to ${provider}.`)
}
