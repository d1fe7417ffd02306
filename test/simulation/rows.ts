import { asc, eq } from 'drizzle-orm'
import type { Intent } from '../../src/store/claims.ts'
import type { ClusterRow } from '../../src/store/cluster-rows.ts'
import type { Store } from '../../src/store/store.ts'

/** Everything in the inventory. */
export function allClusters({ reader }: Store): Promise<ClusterRow[]> {
  const { clusters } = reader.tables
  return reader.prepared('all clusters', ({ db }) => db.select().from(clusters).prepare()).execute()
}

/** Calls that have not ended, as far as the database knows. */
export function pendingIntents({ reader }: Store): Promise<Intent[]> {
  const { intents } = reader.tables
  const statement = reader.prepared('pending intents', ({ db }) =>
    db.select().from(intents).where(eq(intents.outcome, 'PENDING')).prepare(),
  )
  return statement.execute()
}

/** The whole audit log, oldest first. */
export function allAuditEntries({ reader }: Store): Promise<{ document: string }[]> {
  const { auditEntries } = reader.tables
  const statement = reader.prepared('all audit entries', ({ db }) =>
    db.select({ document: auditEntries.document }).from(auditEntries).orderBy(asc(auditEntries.id)).prepare(),
  )
  return statement.execute()
}

/** The sealed credentials of every cluster that has some. */
export function allCredentials({ reader }: Store): Promise<{ clusterId: string; sealed: string }[]> {
  const { credentials } = reader.tables
  return reader.prepared('all credentials', ({ db }) => db.select().from(credentials).prepare()).execute()
}
