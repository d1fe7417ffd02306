import type { Actor, Person } from './actor.ts'
import type { AuditAction, AuditEntry } from './audit.ts'

/** Who did what to a cluster, as it is kept with the version that it ended. */
export interface Act {
  /** The audit entry that tells it whole. */
  entryId: string
  action: AuditAction
  actor: Pick<Actor, 'type' | 'id' | 'displayName'>
  onBehalfOf?: Person
}

export function actOf({ id: entryId, action, actor, onBehalfOf }: AuditEntry): Act {
  const { type, id, displayName } = actor
  return { entryId, action, actor: { type, id, displayName }, ...(onBehalfOf && { onBehalfOf }) }
}
