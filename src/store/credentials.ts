import { eq, sql } from 'drizzle-orm'
import type { AuditTarget } from '../cluster/audit.ts'
import { changesBetween } from '../cluster/json.ts'
import type { Place, Reseal } from '../cluster/place.ts'
import { Problem } from '../cluster/problem.ts'
import { recordAudit } from './audit-entries.ts'
import { type ClusterRow, readClusterRow, updateClusterRow } from './cluster-rows.ts'
import { type Changed, type Mutation, requireMatch } from './mutation.ts'
import type { Session, Store } from './store.ts'

/** Where a cluster's credentials are sealed for: they open nowhere else, and for no other team. */
export function credentialsPlace({ id, team }: { id: string; team: string }): Place {
  return { table: 'credentials', row: id, column: 'sealed', team }
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

export interface SealedCredentials {
  sealed: string
  /** Where they open: the team is the cluster's of the same moment. */
  place: Place
}

export async function findSealed(
  session: Session,
  clusterId: string,
): Promise<SealedCredentials | undefined> {
  const { credentials, clusters } = session.tables
  const statement = session.prepared('sealed credentials', ({ db }) =>
    db
      .select({ sealed: credentials.sealed, team: clusters.team })
      .from(credentials)
      .innerJoin(clusters, eq(clusters.id, credentials.clusterId))
      .where(eq(credentials.clusterId, sql.placeholder('id')))
      .prepare(),
  )
  const [row] = await statement.execute({ id: clusterId })
  return row && { sealed: row.sealed, place: credentialsPlace({ id: clusterId, team: row.team }) }
}

/** A cluster has come to another team: its credentials, if it has any, open for that one from now on. */
export async function handOverCredentials(
  session: Session,
  cluster: { id: string; team: string },
  team: string,
  reseal: Reseal,
): Promise<void> {
  if (team === cluster.team) return
  const { credentials } = session.tables
  const [row] = await session.db.select().from(credentials).where(eq(credentials.clusterId, cluster.id))
  if (!row) return
  const sealed = await reseal(
    row.sealed,
    credentialsPlace(cluster),
    credentialsPlace({ id: cluster.id, team }),
  )
  await session.db.update(credentials).set({ sealed }).where(eq(credentials.clusterId, cluster.id))
}

/** What was sealed, opened, and whether it is to be handed out this one time only. */
export interface Opened<T> {
  value: T
  once: boolean
}

/**
 * Hands out the sealed credentials, after their reveal is in the audit log. `open` runs between the reading and the
 * writing, so that an entry of success is about credentials that did open. What is handed out once only is gone from the
 * store in the transaction of its entry: of two that ask at the same time one is told.
 */
export async function revealCredentials<T>(
  store: Store,
  mutation: Mutation,
  cluster: { id: string; name: string; team: string },
  open: (sealed: string, place: Place) => Promise<Opened<T>>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    const found = await findSealed(store.reader, cluster.id)
    if (found === undefined) throw await noneStored(store, cluster.id)
    const { value, once } = await open(found.sealed, found.place)
    if (await recordReveal(store, mutation, cluster, { sealed: found.sealed, once })) return value
    // Rewrapped under another master key, or replaced, between the reading and the writing.
    if (tries === mostTries) throw replacedOften()
  }
}

const mostTries = 5

/** Writes the reveal down, if what was opened is still what is stored. Answers whether it is. */
function recordReveal(
  store: Store,
  mutation: Mutation,
  cluster: { id: string; name: string; team: string },
  { sealed, once }: { sealed: string; once: boolean },
): Promise<boolean> {
  return store.write(async (session) => {
    const before = await readClusterRow(session, cluster.id)
    if ((await findSealed(session, cluster.id))?.sealed !== sealed) return false
    if (once) await dropSealed(session, cluster.id)
    const after = once
      ? await updateClusterRow(store, session, before, { credentialState: 'REVEALED' })
      : before
    await recordAudit(store, session, mutation.who, {
      action: 'credential.reveal',
      outcome: 'SUCCESS',
      targets: [targetOf(cluster)],
      team: cluster.team,
      changes: changesBetween(stateOf(before), stateOf(after)),
    })
    return true
  })
}

const stateOf = ({ credentialState }: Pick<ClusterRow, 'credentialState'>) => ({ credentialState })

/** Nothing is stored: never was, or no more. */
async function noneStored(store: Store, id: string): Promise<Problem> {
  const row = await readClusterRow(store.reader, id)
  if (row.credentialState === 'REVEALED') return alreadyRevealed(id)
  return new Problem('no-credentials', 'This cluster has no stored credentials.')
}

function replacedOften(): Problem {
  return new Problem('wrong-state', 'The credentials are being replaced just now. Ask again.')
}

export function alreadyRevealed(id: string): Problem {
  return new Problem(
    'already-revealed',
    `The credentials were to be revealed once, and were: they are stored here no more. GET /audit-entries?action=credential.reveal&target=${id} tells to whom. Set a new password at the provider and supply it: PUT /clusters/${id}/credentials.`,
  )
}

/** Removes the sealed credentials of a cluster. */
export async function dropSealed(session: Session, clusterId: string): Promise<void> {
  const { credentials } = session.tables
  await session.db.delete(credentials).where(eq(credentials.clusterId, clusterId))
}

/** Stores credentials that a person supplies, sealed by `seal`, in the place of any before them. */
export function supplyCredentials(
  store: Store,
  mutation: Mutation,
  id: string,
  seal: (place: Place) => Promise<string>,
): Promise<Changed> {
  return store.write(async (session) => {
    const before = await readClusterRow(session, id)
    requireMatch(mutation, before.version)
    if (before.state === 'DELETED') throw new Problem('wrong-state', 'The cluster is deleted.')
    await putSealed(store, session, id, await seal(credentialsPlace(before)))
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
