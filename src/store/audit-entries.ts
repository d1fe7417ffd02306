import type { Attribution } from '../cluster/actor.ts'
import type { AuditEntry } from '../cluster/audit.ts'
import { toRfc3339 } from '../cluster/clock.ts'
import { insertRow } from './statements.ts'
import type { Session, Store } from './store.ts'

/** What an act adds to its attribution. */
export type AuditRecord = Pick<AuditEntry, 'action' | 'outcome' | 'targets' | 'team'> &
  Partial<Pick<AuditEntry, 'changes' | 'provider'>>

/**
 * Writes the entry of an act. Called inside the transaction that makes the change, so that the one is never on disk
 * without the other. Answers the entry's id.
 */
export async function recordAudit(
  store: Store,
  session: Session,
  who: Attribution,
  record: AuditRecord,
): Promise<string> {
  const entry: AuditEntry = {
    id: store.newId('aud'),
    time: store.clock.now(),
    action: record.action,
    outcome: record.outcome,
    actor: who.actor,
    ...(who.onBehalfOf && { onBehalfOf: who.onBehalfOf }),
    targets: record.targets,
    team: record.team,
    context: who.context,
    requestId: who.requestId,
    ...(record.provider && { provider: record.provider }),
    ...(who.reason !== undefined && { reason: who.reason }),
    changes: record.changes ?? [],
  }
  await insertRow(session, 'audit entry', session.tables.auditEntries, {
    id: entry.id,
    time: entry.time,
    action: entry.action,
    outcome: entry.outcome,
    actorId: entry.actor.id,
    team: entry.team,
    targetId: entry.targets[0]?.id ?? null,
    requestId: entry.requestId,
    document: JSON.stringify({ ...entry, time: toRfc3339(entry.time) }),
  })
  return entry.id
}

/** Writes down an act that changed nothing: a refusal, or a read that matters. */
export function recordAuditAlone(store: Store, who: Attribution, record: AuditRecord): Promise<string> {
  return store.write((session) => recordAudit(store, session, who, record))
}
