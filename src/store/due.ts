import { and, isNotNull, isNull, lte, or, type SQL, sql } from 'drizzle-orm'
import type { Tables } from './store.ts'

/** Due, and leased by nobody, at the placeholder `now`. */
export function isDue(table: Tables['clusters'] | Tables['connections']): SQL | undefined {
  const now = sql.placeholder('now')
  return and(
    isNotNull(table.dueTime),
    lte(table.dueTime, now),
    or(isNull(table.leaseUntil), lte(table.leaseUntil, now)),
  )
}
