import { eq, inArray } from 'drizzle-orm'
import type { Attribution } from '../cluster/actor.ts'
import type { OperationError } from '../cluster/cluster.ts'
import { recordAudit } from './audit-entries.ts'
import { aboutCluster, recordClusterChanges } from './cluster-changes.ts'
import { updateClusterRow } from './cluster-rows.ts'
import { owningTeam } from './connection-rows.ts'
import { canaryKey } from './meta.ts'
import type { Session, Store } from './store.ts'

/** What a connection says whose API key was given up. */
export const apiKeyLost: OperationError = {
  code: 'api-key-lost',
  message:
    'The master key that sealed the API key was lost. Give the connection its API key again: PATCH /connections/{id} with apiKey.',
  retryable: false,
}

/** The connections stay, without their keys, and say that they need one. */
export async function loseApiKeys(
  store: Store,
  session: Session,
  who: Attribution,
  ids: string[],
): Promise<void> {
  const { connections } = session.tables
  for (const row of await session.db.select().from(connections).where(inArray(connections.id, ids))) {
    await session.db
      .update(connections)
      .set({
        sealedApiKey: '',
        lastError: apiKeyLost,
        version: row.version + 1,
        updateTime: store.clock.now(),
      })
      .where(eq(connections.id, row.id))
    await recordAudit(store, session, who, {
      action: 'master-key.reset',
      outcome: 'SUCCESS',
      targets: [{ type: 'connection', id: row.id, displayName: row.name }],
      team: owningTeam(row),
      changes: [{ path: '/lastError/code', before: row.lastError?.code ?? null, after: apiKeyLost.code }],
    })
  }
}

/** The clusters stay; their credentials are `LOST`, as if the provider's reply had been. */
export async function loseCredentials(
  store: Store,
  session: Session,
  who: Attribution,
  clusterIds: string[],
): Promise<void> {
  const { clusters, credentials } = session.tables
  await session.db.delete(credentials).where(inArray(credentials.clusterId, clusterIds))
  for (const before of await session.db.select().from(clusters).where(inArray(clusters.id, clusterIds))) {
    const after = await updateClusterRow(store, session, before, { credentialState: 'LOST' })
    const record = { action: 'master-key.reset', outcome: 'SUCCESS', ...aboutCluster(after) } as const
    await recordClusterChanges(store, session, who, { before, after }, [record])
  }
}

/** Whoever has lost the canary puts another. */
export async function loseCanary(_store: Store, { db, tables }: Session): Promise<void> {
  await db.delete(tables.meta).where(eq(tables.meta.key, canaryKey))
}
