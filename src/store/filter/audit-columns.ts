import type { SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { AuditField } from '../../cluster/filter/audit-fields.ts'
import type { Tables } from '../store.ts'
import type { FieldColumns } from './compile.ts'
import { jsonText, someText } from './json-text.ts'

/** Where the fields of an audit entry are found. */
export function auditColumns({ auditEntries: t }: Tables): FieldColumns {
  const fields: Record<Exclude<AuditField, 'target'>, SQLiteColumn | SQL> = {
    id: t.id,
    time: t.time,
    action: t.action,
    outcome: t.outcome,
    'actor.type': jsonText(t.document, ['actor', 'type']),
    'actor.id': t.actorId,
    'actor.displayName': jsonText(t.document, ['actor', 'displayName']),
    team: t.team,
    requestId: t.requestId,
    reason: jsonText(t.document, ['reason']),
    'context.ip': jsonText(t.document, ['context', 'ip']),
    'context.userAgent': jsonText(t.document, ['context', 'userAgent']),
    'context.interface': jsonText(t.document, ['context', 'interface']),
    'provider.id': jsonText(t.document, ['provider', 'id']),
    'provider.requestId': jsonText(t.document, ['provider', 'requestId']),
  }
  // The table of targets is in the order of their ids: of one entry it would tell only by being read from end to end.
  const target = (passes: (value: SQL) => SQL) => someText(t.document, ['targets'], ['id'], passes)
  return { fields, several: { target } }
}
