import { userInfo } from 'node:os'
import type { Attribution } from '../cluster/actor.ts'
import { newId } from '../cluster/id.ts'

/** Whoever types commands where the database is. */
export function operatorAttribution(reason: string | undefined): Attribution {
  const displayName = `${userName()} on the command line`
  return {
    actor: { type: 'system', id: 'operator', displayName, authMethod: 'internal' },
    requestId: newId('req'),
    context: { ip: null, userAgent: null, interface: 'cli' },
    ...(reason !== undefined && { reason }),
  }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run as a user without a name.
    return `user ${process.getuid?.() ?? ''}`.trim()
  }
}
