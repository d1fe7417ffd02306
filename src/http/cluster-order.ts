import { everyTeam, servesTeam } from '../cluster/actor.ts'
import { may, teamsWith } from '../cluster/caller.ts'
import { idPattern } from '../cluster/id.ts'
import { invalid, Problem } from '../cluster/problem.ts'
import type { ConnectionRow } from '../store/connection-rows.ts'
import type { ClusterOrder } from '../store/create-cluster.ts'
import { findConnection, findConnectionByName, findUsableConnections } from '../store/read-connections.ts'
import type { Call } from './call.ts'
import type { CreateClusterBody } from './schemas/create-cluster.ts'
import { adapterOf } from './visible.ts'

/** What a create asks for, whole and checked by all that needs no provider. */
export async function orderOf(call: Call<unknown, CreateClusterBody>): Promise<ClusterOrder> {
  const { body } = call
  const team = teamOf(call, body.team)
  const adapter = adapterOf(call, body.provider)
  const connection = await resolveConnection(call, { ...body, team })
  const order = {
    name: body.name,
    displayName: body.displayName ?? body.name,
    provider: adapter.id,
    connection: { id: connection.id, name: connection.name },
    scope: adapter.scopeOf(body.spec),
    team,
    region: body.region ?? null,
    spec: body.spec,
    labels: body.labels ?? {},
    deletionProtection: body.deletionProtection ?? false,
    expireTime: readFutureTime(call, body.expireTime),
    ...(body.allowDuplicate !== undefined && { allowDuplicate: body.allowDuplicate }),
  }
  const errors = adapter.check(order, connection.settings, null)
  if (errors.length > 0) throw invalid(errors)
  return order
}

/** The team that a new thing is for: the one named, or the only one that it can be. */
export function teamOf({ caller, permission }: Call, named: string | undefined): string {
  if (named !== undefined) {
    if (may(caller, permission, named)) return named
    throw new Problem('forbidden', `You have no role in the team ${named} that includes ${permission}.`)
  }
  const teams = teamsWith(caller, permission)
  const [only, ...others] = teams === everyTeam ? [] : teams
  if (only !== undefined && others.length === 0) return only
  const many = teams === everyTeam ? 'every team' : 'several teams'
  const detail = `is required, because you may do this for ${many}: name the one whose cluster it shall be`
  throw invalid([{ pointer: '/team', detail }])
}

/** The connection whose clusters are to be imported. */
export async function importConnection(call: Call, connection: string, team: string): Promise<ConnectionRow> {
  const named = await findNamed(call, connection)
  if (named && servesTeam(named.teams, team)) return named
  throw invalid([{ pointer: '/connection', detail: `is not a connection that the team ${team} can use` }])
}

async function findNamed({ deps: { store } }: Call, connection: string): Promise<ConnectionRow | undefined> {
  const named = await findConnectionByName(store, connection)
  return named ?? (idPattern('con').test(connection) ? findConnection(store, connection) : undefined)
}

/** A connection that the team cannot use reads as one that there is not. */
async function resolveConnection(
  call: Call,
  { provider, team, connection }: { provider: string; team: string; connection?: string | undefined },
): Promise<ConnectionRow> {
  if (connection === undefined)
    return onlyConnection(await findUsableConnections(call.deps.store, provider, team), provider)
  const named = await findNamed(call, connection)
  if (named?.provider === provider && servesTeam(named.teams, team)) return named
  const detail = `is not a connection to ${provider} that the team ${team} can use`
  throw invalid([{ pointer: '/connection', detail }])
}

function onlyConnection(usable: ConnectionRow[], provider: string): ConnectionRow {
  const [only, ...others] = usable
  if (only && others.length === 0) return only
  const names = usable.map(({ name }) => name).sort()
  const detail = only
    ? `is required, because there are several: ${names.join(', ')}`
    : `cannot be left out: the team can use no connection to ${provider}`
  throw invalid([{ pointer: '/connection', detail }])
}

/** Epoch milliseconds of an RFC 3339 time that must be to come. */
export function readFutureTime({ deps }: Call, text: string | null | undefined): number | null {
  if (text === null || text === undefined) return null
  const time = Date.parse(text)
  if (time > deps.clock.now()) return time
  throw invalid([{ pointer: '/expireTime', detail: 'must be in the future' }])
}
