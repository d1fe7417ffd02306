import { and, eq, inArray, sql } from 'drizzle-orm'
import { leafOf } from '../audit/leaf.ts'
import type { Attribution } from '../cluster/actor.ts'
import type { AuditEntry } from '../cluster/audit.ts'
import { indexAuditEntry, unindexAuditEntries } from './audit-search.ts'
import { noteAct } from './cluster-versions.ts'
import { redactChanges, withoutSecrets } from './redact.ts'
import { insertRow } from './statements.ts'
import type { Session, Store } from './store.ts'

/** What an act adds to its attribution. */
export type AuditRecord = Pick<AuditEntry, 'action' | 'outcome' | 'targets' | 'team'> &
  Partial<Pick<AuditEntry, 'changes' | 'provider' | 'policy'>>

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
  // In the order of canonical JSON, for which the keys need not be sorted then.
  const entry: AuditEntry = {
    action: record.action,
    actor: who.actor,
    changes: redactChanges(record.changes ?? [], who.secrets),
    context: who.context,
    id: store.newId('aud'),
    ...(who.onBehalfOf && { onBehalfOf: who.onBehalfOf }),
    outcome: record.outcome,
    ...(record.policy && { policy: record.policy }),
    ...(record.provider && { provider: record.provider }),
    ...(who.reason !== undefined && { reason: withoutSecrets(who.reason, who.secrets ?? []) }),
    requestId: who.requestId,
    targets: record.targets,
    team: record.team,
    time: store.clock.now(),
  }
  const { text, hash } = leafOf(entry)
  const { auditEntries, auditQueue } = session.tables
  await insertRow(session, 'audit entry', auditEntries, { ...searchedColumns(entry), document: text })
  for (const targetId of new Set(entry.targets.map(({ id }) => id))) {
    const row = { targetId, time: entry.time, entryId: entry.id }
    await insertRow(session, 'audit target', session.tables.auditTargets, row)
  }
  indexAuditEntry(session, entry)
  await insertRow(session, 'audit queue', auditQueue, { entryId: entry.id, leafHash: hash })
  noteAct(session, entry)
  who.recorded?.({ entry: entry.id, digest: hash.toString('base64') })
  return entry.id
}

/** Removes entries and all by which they are found. What the log itself holds of them, their leaves, stays. */
export async function removeEntries(session: Session, ids: string[]): Promise<void> {
  const { auditEntries: entries, auditTargets: t } = session.tables
  const removed = await session.db.delete(entries).where(inArray(entries.id, ids)).returning()
  for (const { id, time, document } of removed) {
    const { targets } = JSON.parse(document) as Pick<AuditEntry, 'targets'>
    const among = inArray(
      t.targetId,
      targets.map((target) => target.id),
    )
    await session.db.delete(t).where(and(among, eq(t.time, time), eq(t.entryId, id)))
  }
  await unindexAuditEntries(session, ids)
}

/** Whether an entry is found under each of its targets, of which the ids are given. */
export async function isFoundByTargets(
  session: Session,
  { id, time }: { id: string; time: number },
  targetIds: Iterable<string>,
): Promise<boolean> {
  const find = session.prepared('audit target', ({ db, tables: { auditTargets: t } }) =>
    db
      .select({ entryId: t.entryId })
      .from(t)
      .where(
        and(
          eq(t.targetId, sql.placeholder('targetId')),
          eq(t.time, sql.placeholder('time')),
          eq(t.entryId, sql.placeholder('id')),
        ),
      )
      .prepare(),
  )
  for (const targetId of targetIds) {
    if ((await find.execute({ targetId, time, id })).length === 0) return false
  }
  return true
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
    requestId: entry.requestId,
  }
}

/** Writes down an act that changed nothing: a refusal, or a read that matters. */
export function recordAuditAlone(store: Store, who: Attribution, record: AuditRecord): Promise<string> {
  return store.write((session) => recordAudit(store, session, who, record))
}
