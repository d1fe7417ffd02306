import type { Statement } from 'better-sqlite3'
import type { SQL } from 'drizzle-orm'
import { SQLiteSyncDialect } from 'drizzle-orm/sqlite-core'
import type { Session } from '../store.ts'

const dialect = new SQLiteSyncDialect()

/** Shapes of queries that stay prepared. Callers shape them as they like, so that there must be an end. */
const mostPrepared = 200

/** Runs a query whose shape its caller made up. Rows are arrays, as the driver gives them. */
export function readRows(session: Session, query: SQL): unknown[][] {
  const { sql, params } = dialect.sqlToQuery(query)
  return preparedIn(session, sql).all(...params) as unknown[][]
}

function preparedIn(session: Session, text: string): Statement {
  const statements = session.prepared('queries by shape', () => new Map<string, Statement>())
  const known = statements.get(text)
  // Taken out and put back in, so that the first is the one not asked for the longest.
  statements.delete(text)
  const statement = known ?? session.db.$client.prepare(text).raw()
  statements.set(text, statement)
  const [oldest] = statements.keys()
  if (statements.size > mostPrepared && oldest !== undefined) statements.delete(oldest)
  return statement
}
