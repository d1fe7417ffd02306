/** Who acts. `displayName` is a snapshot: it stays readable after the key or person is gone. */
export interface Actor {
  type: 'api_key' | 'system' | 'anonymous'
  id: string
  displayName: string
  authMethod: 'api_key' | 'none' | 'internal'
}

/** Where an act came from. Written into its audit entry. */
export interface Attribution {
  actor: Actor
  requestId: string
  context: { ip: string | null; userAgent: string | null; interface: 'http' | 'cli' | 'reconciler' }
  /** Why the caller says it acts, where it says so. */
  reason?: string
}

/** The gateway acting on its own account. */
export const reconcilerActor: Actor = {
  type: 'system',
  id: 'reconciler',
  displayName: 'clustergate reconciler',
  authMethod: 'internal',
}

export const anonymousActor: Actor = {
  type: 'anonymous',
  id: 'anonymous',
  displayName: 'anonymous',
  authMethod: 'none',
}

export const roles = ['viewer', 'operator', 'auditor', 'admin'] as const
export type Role = (typeof roles)[number]

export const permissions = [
  'self.read',
  'provider.read',
  'connection.read',
  'connection.write',
  'cluster.read',
  'cluster.write',
  'credential.reveal',
  'audit.read',
  'key.read',
  'key.write',
  'team.read',
  'team.write',
  'gateway.write',
  'cluster.force-delete',
] as const
export type Permission = (typeof permissions)[number]

const reading: Permission[] = ['self.read', 'provider.read', 'connection.read', 'cluster.read', 'team.read']

/** The one table of who may do what. A role holds for one team, or for all of them (`*`). */
export const permissionsOf: Record<Role, ReadonlySet<Permission>> = {
  viewer: new Set(reading),
  operator: new Set([...reading, 'cluster.write', 'credential.reveal']),
  auditor: new Set([...reading, 'audit.read', 'key.read']),
  admin: new Set(permissions),
}

/** All teams. */
export const everyTeam = '*'

/** An authenticated caller: an actor with a role in a team, or in all of them. */
export interface Caller {
  actor: Actor
  role: Role
  team: string
}

export function may(caller: Caller, permission: Permission): boolean {
  return permissionsOf[caller.role].has(permission)
}

export function seesTeam(caller: Pick<Caller, 'team'>, team: string): boolean {
  return caller.team === everyTeam || caller.team === team
}

/** A connection serves the teams it names, or every team. */
export function servesTeam(teams: readonly string[], team: string): boolean {
  return teams.includes(everyTeam) || teams.includes(team)
}
