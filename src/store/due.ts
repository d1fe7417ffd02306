import { and, isNotNull, isNull, lte, or, type SQL, sql } from 'drizzle-orm'
import type { Session, Tables } from './store.ts'

/** Due, and leased by nobody, at the placeholder `now`. */
export function isDue(table: Tables['clusters'] | Tables['connections']): SQL | undefined {
  const now = sql.placeholder('now')
  return and(
    isNotNull(table.dueTime),
    lte(table.dueTime, now),
    or(isNull(table.leaseUntil), lte(table.leaseUntil, now)),
  )
}

/**
 * In a transaction: the rows found are this one's, and those that another has taken are passed over. SQLite's writer is
 * alone anyway, and its queries know of no locks.
 */
export function claiming<Q extends object>(
  session: Session,
  query: Q,
  table: Tables['clusters' | 'connections'],
): Q {
  if (!session.locksRows || !('for' in query) || typeof query.for !== 'function') return query
  return query.for('update', { of: table, skipLocked: true })
}
