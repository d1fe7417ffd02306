/** Who acts. `displayName` is a snapshot: it stays readable after the key or person is gone. */
export interface Actor {
  type: (typeof actorTypes)[number]
  /** Of a user or workload: `<issuer>#<subject>`, so that no two issuers' subjects are ever mistaken for each other. */
  id: string
  displayName: string
  authMethod: (typeof authMethods)[number]
  /** The OIDC issuer that vouches for it; absent where there is none. */
  issuer?: string
  /** Acts with a key that was made on the command line for an emergency. */
  breakGlass?: true
}

export const actorTypes = ['api_key', 'user', 'workload', 'system', 'anonymous'] as const
export const authMethods = ['api_key', 'oidc', 'none', 'internal'] as const

/** The person for whom an actor says it acts. Nobody but the actor vouches for it, and it grants nothing. */
export interface Person {
  type: 'user'
  id: string
  displayName: string
}

/** Characters of a reason that is given for an act. */
export const longestReason = 512

/** Where an act came from. Written into its audit entry. */
export interface Attribution {
  actor: Actor
  requestId: string
  context: {
    ip: string | null
    userAgent: string | null
    interface: 'http' | 'cli' | 'reconciler' | 'sequencer'
  }
  /** Why the caller says it acts, where it says so. */
  reason?: string
  onBehalfOf?: Person
  /** Secrets that the request carried. Not written down: nothing that is may hold one. */
  secrets?: readonly string[]
  /** Told of every entry that is written in its name. The entry stands once its transaction has ended well. */
  recorded?(receipt: Receipt): void
}

/** By which the entry of an act can be held to be in the log, as it was then. */
export interface Receipt {
  /** Id of the entry. */
  entry: string
  /** The leaf hash of the entry, in base64. */
  digest: string
}

/** The gateway acting on its own account. */
export const reconcilerActor: Actor = {
  type: 'system',
  id: 'reconciler',
  displayName: 'clustergate reconciler',
  authMethod: 'internal',
}

/** What happens at a start, or by itself, and is no step of the reconciler. */
export function gatewayItself(requestId: string): Attribution {
  return {
    actor: { type: 'system', id: 'gateway', displayName: 'clustergate', authMethod: 'internal' },
    requestId,
    context: { ip: null, userAgent: null, interface: 'cli' },
  }
}

/** The gateway keeping the audit log in order, and what is kept of the past as long as it is to be. */
export function sequencerItself(requestId: string): Attribution {
  return {
    actor: {
      type: 'system',
      id: 'sequencer',
      displayName: 'clustergate sequencer',
      authMethod: 'internal',
    },
    requestId,
    context: { ip: null, userAgent: null, interface: 'sequencer' },
  }
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
  'master-key.read',
  'master-key.rotate',
  'cluster.force-delete',
  'policy.write',
  'cluster.approve',
] as const
export type Permission = (typeof permissions)[number]

const reading: Permission[] = ['self.read', 'provider.read', 'connection.read', 'cluster.read', 'team.read']

/** The one table of who may do what. A role holds for one team, or for all of them (`*`). */
export const permissionsOf: Record<Role, ReadonlySet<Permission>> = {
  viewer: new Set(reading),
  operator: new Set([...reading, 'cluster.write', 'credential.reveal', 'cluster.approve']),
  auditor: new Set([...reading, 'audit.read', 'key.read', 'master-key.read']),
  admin: new Set(permissions),
}

/** All teams. */
export const everyTeam = '*'

/** A connection serves the teams it names, or every team. */
export function servesTeam(teams: readonly string[], team: string): boolean {
  return teams.includes(everyTeam) || teams.includes(team)
}
