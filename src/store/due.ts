import { and, asc, inArray, isNotNull, isNull, lte, min, or, type SQL, sql } from 'drizzle-orm'
import { compiledRead } from './compiled.ts'
import { fixedLimit } from './statements.ts'
import type { Session, Store, Tables } from './store.ts'

/** Due, and leased by nobody, at the placeholder `now`. */
export function isDue(table: Tables['clusters'] | Tables['connections']): SQL | undefined {
  const now = sql.placeholder('now')
  return and(
    isNotNull(table.dueTime),
    lte(table.dueTime, now),
    or(isNull(table.leaseUntil), lte(table.leaseUntil, now)),
  )
}

/** There are few: they are told apart here, as a statement for each number of them would be prepared each time. */
export async function connectionsBut(session: Session, full: readonly string[]): Promise<string[]> {
  const select = compiledRead(session, 'ids of connections', ({ db, tables: { connections } }) => {
    const columns = { id: connections.id }
    return { columns, query: db.select(columns).from(connections) }
  })
  return (await select({})).map((row) => row.id).filter((id) => !full.includes(id))
}

/**
 * When the next cluster, connection or expiry is due, in epoch milliseconds; null when nothing is. Clusters of
 * connections that are `full` wait for a place, and not for a time.
 */
export async function nextDueTime(store: Store, full: readonly string[] = []): Promise<number | null> {
  const { reader } = store
  const { clusters, connections } = reader.tables
  const connection = reader.prepared('next due connection', ({ db }) =>
    db
      .select({ at: leasedUntil(connections) })
      .from(connections)
      .where(isNotNull(connections.dueTime))
      .prepare(),
  )
  const first = (name: string, column: typeof clusters.expiryCheckTime) =>
    reader.prepared(name, ({ db }) =>
      db
        .select({ at: min(column) })
        .from(clusters)
        .where(isNotNull(column))
        .prepare(),
    )
  const rows = [
    ...(await nextClusters(reader, full)),
    ...(await connection.execute()),
    ...(await first('next expiry check', clusters.expiryCheckTime).execute()),
    ...(await first('next approval to run out', clusters.approvalExpireTime as never).execute()),
  ]
  const soonest = rows.map(({ at }) => at).filter((at) => at !== null)
  return soonest.length > 0 ? Math.min(...soonest) : null
}

/** Of rows that are due or leased: when the first of them may be taken. No function that both engines have tells the larger of two. */
function leasedUntil(table: Tables['clusters'] | Tables['connections']) {
  return sql<
    number | null
  >`min(case when ${table.leaseUntil} > ${table.dueTime} then ${table.leaseUntil} else ${table.dueTime} end)`
}

/** Of the clusters that nobody has the one that waits longest; of those that are leased, the few, the first to be free. */
async function nextClusters(session: Session, full: readonly string[]): Promise<{ at: number | null }[]> {
  const { clusters } = session.tables
  const free =
    (there?: SQL) =>
    ({ db }: Session) =>
      db
        .select({ at: clusters.dueTime })
        .from(clusters)
        .where(and(isNotNull(clusters.dueTime), isNull(clusters.leaseUntil), there))
        .orderBy(asc(clusters.dueTime))
        .limit(fixedLimit(1))
        .prepare()
  const leased =
    (there?: SQL) =>
    ({ db }: Session) =>
      db
        .select({ at: leasedUntil(clusters) })
        .from(clusters)
        .where(and(isNotNull(clusters.leaseUntil), isNotNull(clusters.dueTime), there))
        .prepare()
  if (full.length === 0) {
    return [
      ...(await session.prepared('next due cluster', free()).execute()),
      ...(await session.prepared('next lease to run out', leased()).execute()),
    ]
  }
  const others = await connectionsBut(session, full)
  if (others.length === 0) return []
  const there = inArray(clusters.connectionId, others)
  return [...(await free(there)(session).execute()), ...(await leased(there)(session).execute())]
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
