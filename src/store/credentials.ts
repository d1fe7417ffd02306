import { eq } from 'drizzle-orm'
import type { AuditTarget } from '../cluster/audit.ts'
import { Problem } from '../cluster/problem.ts'
import { recordAudit } from './audit-entries.ts'
import { readClusterRow, updateClusterRow } from './cluster-rows.ts'
import { type Changed, type Mutation, requireMatch } from './mutation.ts'
import type { Session, Store } from './store.ts'

/** Where a cluster's credentials are sealed for: they open nowhere else. */
export function credentialsPlace(clusterId: string) {
  return { table: 'credentials', row: clusterId, column: 'sealed' }
}

export async function putSealed(
  store: Store,
  session: Session,
  clusterId: string,
  sealed: string,
): Promise<void> {
  const { credentials } = session.tables
  const createTime = store.clock.now()
  await session.db
    .insert(credentials)
    .values({ clusterId, sealed, createTime })
    .onConflictDoUpdate({ target: credentials.clusterId, set: { sealed, createTime } })
}

export async function findSealed(store: Store, clusterId: string): Promise<string | undefined> {
  const { credentials } = store.reader.tables
  const [row] = await store.reader.db.select().from(credentials).where(eq(credentials.clusterId, clusterId))
  return row?.sealed
}

/**
 * Hands out the sealed credentials, after their reveal is in the audit log. `open` runs between the reading and the
 * writing, so that an entry of success is about credentials that did open.
 */
export async function revealCredentials(
  store: Store,
  mutation: Mutation,
  cluster: { id: string; name: string; team: string },
  open: (sealed: string) => Promise<string>,
): Promise<string> {
  const sealed = await findSealed(store, cluster.id)
  if (sealed === undefined) throw new Problem('no-credentials', 'This cluster has no stored credentials.')
  const opened = await open(sealed)
  await store.write((session) =>
    recordAudit(store, session, mutation.who, {
      action: 'credential.reveal',
      outcome: 'SUCCESS',
      targets: [targetOf(cluster)],
      team: cluster.team,
    }),
  )
  return opened
}

/** Stores credentials that a person supplies, in the place of any before them. */
export function supplyCredentials(
  store: Store,
  mutation: Mutation,
  id: string,
  sealed: string,
): Promise<Changed> {
  return store.write(async (session) => {
    const before = await readClusterRow(session, id)
    requireMatch(mutation, before.version)
    if (before.state === 'DELETED') throw new Problem('wrong-state', 'The cluster is deleted.')
    await putSealed(store, session, id, sealed)
    const after = await updateClusterRow(store, session, before, { credentialState: 'SUPPLIED' })
    await recordAudit(store, session, mutation.who, {
      action: 'credential.supply',
      outcome: 'SUCCESS',
      targets: [targetOf(after)],
      team: after.team,
      changes: [
        { path: '/credentialState', before: before.credentialState, after: 'SUPPLIED' },
        { path: '/credentials', before: '[redacted]', after: '[redacted]' },
      ],
    })
    return { document: after.document, version: after.version }
  })
}

function targetOf(cluster: { id: string; name: string }): AuditTarget {
  return { type: 'cluster', id: cluster.id, displayName: cluster.name }
}
