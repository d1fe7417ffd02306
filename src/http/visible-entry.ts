import { everyTeam } from '../cluster/actor.ts'
import { may } from '../cluster/caller.ts'
import { Problem } from '../cluster/problem.ts'
import { findLeaf } from '../store/audit-tree.ts'
import { findAuditEntry } from '../store/read-audit-entries.ts'
import type { Call } from './call.ts'
import { Hidden } from './hidden.ts'

/**
 * The audit entry that the path names, if the caller may know of it; null where retention has removed it. Whose it was
 * is then not known any more, so that a caller of one team is told of none. Who asks for what is not theirs is told of
 * none either, and written down.
 */
export async function visibleEntry(call: Call): Promise<{ document: string } | null> {
  const { deps, caller, permission } = call
  const { id = '' } = call.params
  const entry = await findAuditEntry(deps.store, id)
  if (entry && may(caller, permission, entry.team ?? everyTeam)) return entry
  const detail = 'There is no such audit entry.'
  if (!entry && !(await findLeaf(deps.store.reader, id))) throw new Problem('not-found', detail)
  if (!entry && may(caller, permission, everyTeam)) return null
  throw new Hidden(detail, { type: 'audit', id, displayName: id }, entry?.team ?? null)
}
