import { sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Condition } from '../../cluster/filter/condition.ts'
import { auditColumns } from '../filter/audit-columns.ts'
import { compile } from '../filter/compile.ts'
import type { Session, Tables } from '../store.ts'
import { type Listable, usualLimits } from './listable.ts'

/** By id, which is by time; or by time itself, where a list is bounded by it. */
export type AuditOrderBy = 'id' | 'time'

/** Fields whose index has the id behind it; those that fewest entries share come first. */
const indexedFields = ['requestId', 'target', 'actor.id', 'outcome', 'action', 'team']

export function auditListable(session: Session): Listable<AuditOrderBy> {
  return session.prepared('audit entries to list', ({ tables }): Listable<AuditOrderBy> => {
    const { auditEntries: t } = tables
    const orders: Record<AuditOrderBy, readonly SQLiteColumn[]> = { id: [], time: [t.time] }
    return {
      table: t,
      id: t.id,
      columns: auditColumns(tables),
      limits: usualLimits,
      orders,
      leadOf: (condition, orderBy) => (orderBy === 'id' ? leadOf(tables, condition) : undefined),
      idsOf: (condition) => idsOf(tables, condition),
      rankOf,
    }
  })
}

function leadOf(tables: Tables, condition: Condition) {
  const equality =
    condition.kind === 'test' && condition.test.is === 'compared' && condition.test.operator === '='
  if (!equality || !indexedFields.includes(condition.field)) return undefined
  return { source: sql`${tables.auditEntries}`, where: compile(condition, auditColumns(tables)) }
}

function idsOf(tables: Tables, condition: Condition) {
  if (condition.kind !== 'test') return undefined
  const { field, test } = condition
  const ranged = test.is === 'compared' || (test.is === 'like' && test.how === 'begins' && !test.anyCase)
  if (!ranged || ![...indexedFields, 'id', 'time'].includes(field)) return undefined
  const { auditEntries: t } = tables
  return sql`select ${t.id} as id from ${t} where ${compile(condition, auditColumns(tables))}`
}

function rankOf(condition: Condition): number {
  const rank = condition.kind === 'test' ? ['id', ...indexedFields, 'time'].indexOf(condition.field) : -1
  return rank < 0 ? indexedFields.length + 2 : rank
}
