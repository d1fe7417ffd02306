import { leafOf } from '../audit/leaf.ts'
import type { Attribution } from '../cluster/actor.ts'
import type { AuditEntry } from '../cluster/audit.ts'
import { redactChanges, withoutSecrets } from './redact.ts'
import { insertRow } from './statements.ts'
import type { Session, Store } from './store.ts'

/** What an act adds to its attribution. */
export type AuditRecord = Pick<AuditEntry, 'action' | 'outcome' | 'targets' | 'team'> &
  Partial<Pick<AuditEntry, 'changes' | 'provider'>>

/**
 * Writes the entry of an act. Called inside the transaction that makes the change, so that the one is never on disk
 * without the other. Its place in the log is given to it later, by the sequencer, so that writers never wait for each
 * other's. Answers the entry's id.
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
    ...(who.reason !== undefined && { reason: withoutSecrets(who.reason, who.secrets ?? []) }),
    changes: redactChanges(record.changes ?? [], who.secrets),
  }
  const { text, hash } = leafOf(entry)
  const { auditEntries, auditQueue } = session.tables
  await insertRow(session, 'audit entry', auditEntries, { ...searchedColumns(entry), document: text })
  await insertRow(session, 'audit queue', auditQueue, { entryId: entry.id, leafHash: hash })
  who.recorded?.({ entry: entry.id, digest: hash.toString('base64') })
  return entry.id
}

/** What of an entry stands in columns of its own, to be searched by. */
export function searchedColumns(entry: AuditEntry) {
  return {
    id: entry.id,
    time: entry.time,
    action: entry.action,
    outcome: entry.outcome,
    actorId: entry.actor.id,
    team: entry.team,
    targetId: entry.targets[0]?.id ?? null,
    requestId: entry.requestId,
  }
}

/** Writes down an act that changed nothing: a refusal, or a read that matters. */
export function recordAuditAlone(store: Store, who: Attribution, record: AuditRecord): Promise<string> {
  return store.write((session) => recordAudit(store, session, who, record))
}
