import { userInfo } from 'node:os'
import type { Attribution } from '../cluster/actor.ts'
import { newId } from '../cluster/id.ts'

/** Whoever types commands where the database is. */
export function operatorAttribution(reason: string | undefined): Attribution {
  const displayName = `${userInfo().username} on the command line`
  return {
    actor: { type: 'system', id: 'operator', displayName, authMethod: 'internal' },
    requestId: newId('req'),
    context: { ip: null, userAgent: null, interface: 'cli' },
    ...(reason !== undefined && { reason }),
  }
}
