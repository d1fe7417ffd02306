import { and, eq, type SQL, sql } from 'drizzle-orm'
import { type Condition, type FieldTest, isEquality, isRange } from '../../cluster/filter/condition.ts'
import { auditColumns } from '../filter/audit-columns.ts'
import { compile, type FieldColumns } from '../filter/compile.ts'
import type { Session, Tables } from '../store.ts'
import { type Listable, usualLimits } from './listable.ts'

/** The one order of the list of audit entries. */
export type AuditOrderBy = 'time'

/** Fields with an index of their own, each with the time behind it; those that fewest entries share come first. */
const indexedFields = ['requestId', 'target', 'actor.id', 'action', 'team', 'outcome']

export function auditListable(session: Session): Listable<AuditOrderBy> {
  return session.prepared('audit entries to list', ({ tables }): Listable<AuditOrderBy> => {
    const { auditEntries: t } = tables
    const columns = auditColumns(tables)
    return {
      table: t,
      id: t.id,
      columns,
      limits: usualLimits,
      orders: { time: [t.time] },
      leadOf: (condition) => leadOf(tables, columns, condition),
      idsOf: (condition) => idsOf(tables, columns, condition),
      rankOf,
    }
  })
}

function leadOf(tables: Tables, columns: FieldColumns, condition: Condition) {
  if (!isEquality(condition) || !indexedFields.includes(condition.field)) return undefined
  const { auditEntries: entries, auditTargets: targets } = tables
  if (condition.field !== 'target') {
    return { source: sql`${entries}`, where: compile(condition, columns) }
  }
  const source = sql`${targets} cross join ${entries}`
  const where = and(ofTarget(tables, condition), sql`${entries.id} = ${targets.entryId}`)
  return { source, where, keys: [targets.time, targets.entryId] }
}

function idsOf(tables: Tables, columns: FieldColumns, condition: Condition): SQL | undefined {
  if (condition.kind !== 'test') return undefined
  const { auditEntries: entries, auditTargets: targets } = tables
  const { field, test } = condition
  if (field === 'target') {
    if (!isEquality(condition)) return undefined
    return sql`select ${targets.entryId} as id from ${targets} where ${ofTarget(tables, condition)}`
  }
  if (!isRange(test) || ![...indexedFields, 'id', 'time'].includes(field)) return undefined
  return sql`select ${entries.id} as id from ${entries} where ${compile(condition, columns)}`
}

function ofTarget({ auditTargets: targets }: Tables, { test }: FieldTest): SQL | undefined {
  return eq(targets.targetId, test.is === 'compared' ? String(test.value) : '')
}

function rankOf(condition: Condition): number {
  const rank = condition.kind === 'test' ? ['id', ...indexedFields, 'time'].indexOf(condition.field) : -1
  return rank < 0 ? indexedFields.length + 2 : rank
}
