import { everyTeam } from '../cluster/actor.ts'
import { may } from '../cluster/caller.ts'
import { Problem } from '../cluster/problem.ts'
import { findLeaf } from '../store/audit-tree.ts'
import { findAuditEntry } from '../store/read-audit-entries.ts'
import type { Call } from './call.ts'

/**
 * The audit entry that the path names, if the caller may know of it; null where retention has removed it. Whose it was
 * is then not known any more, so that a caller of one team is told of none.
 */
export async function visibleEntry(call: Call): Promise<{ document: string } | null> {
  const { deps, caller, permission } = call
  const { id = '' } = call.params
  const entry = await findAuditEntry(deps.store, id)
  if (entry && may(caller, permission, entry.team ?? everyTeam)) return entry
  if (!entry && may(caller, permission, everyTeam) && (await findLeaf(deps.store.reader, id))) return null
  // Entries are no targets of the audit log, so that reading of another team's is a plain 404.
  throw new Problem('not-found', 'There is no such audit entry.')
}
