import { hostname, userInfo } from 'node:os'
import { type Attribution, longestReason } from '../cluster/actor.ts'
import { newId } from '../cluster/id.ts'
import { StartRefusal } from '../cluster/start-refusal.ts'

/** Whoever types commands where the database is. @throws StartRefusal for a reason too long to be kept whole */
export function operatorAttribution(reason: string | undefined): Attribution {
  if (reason !== undefined && reason.length > longestReason) {
    throw new StartRefusal(`--reason takes ${longestReason} characters at the most.`)
  }
  const user = userName()
  const actor = { id: `command-line:${user}`, displayName: `${user} on ${hostname()}` }
  return {
    actor: { type: 'system', ...actor, authMethod: 'internal' },
    requestId: newId('req'),
    context: { ip: null, userAgent: null, interface: 'cli' },
    ...(reason !== undefined && { reason }),
  }
}

/** Containers run users that have no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
