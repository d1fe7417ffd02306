import { eq, sql } from 'drizzle-orm'
import type { Cluster } from '../cluster/cluster.ts'
import { renderCluster } from '../cluster/document.ts'
import { nextExpiryCheck } from '../cluster/expiry.ts'
import { sameJson } from '../cluster/json.ts'
import { Problem } from '../cluster/problem.ts'
import { recount } from './cluster-counts.ts'
import { keepVersion } from './cluster-versions.ts'
import { indexWords, searchedWords } from './cluster-words.ts'
import { compiledWrite } from './compiled.ts'
import { toOperation } from './operation-columns.ts'
import { insertRow, selectRow, updateChanged } from './statements.ts'
import type { Session, Store, Tables } from './store.ts'
import { moveUsage } from './usage.ts'

export type ClusterRow = Tables['clusters']['$inferSelect']

/** What a writer sets of a row; the rest follows from it. */
export type NewClusterRow = Omit<
  ClusterRow,
  | 'document'
  | 'version'
  | 'revision'
  | 'expiryCheckTime'
  | 'approvalExpireTime'
  | 'plan'
  | 'creatorId'
  | 'creatorName'
  | 'words'
>

export function toCluster(row: NewClusterRow & { version: number }): Cluster {
  return { ...row, operation: toOperation(row) }
}

function withDocument(row: Omit<ClusterRow, 'document'>): ClusterRow {
  return { ...row, document: JSON.stringify(renderCluster(toCluster(row))) }
}

const soughtIn = ['name', 'displayName', 'externalId', 'endpoint', 'labels', 'createdBy', 'spec'] as const

/** What lists look a cluster up by that is part of something else. */
function soughtFields(row: NewClusterRow): Pick<ClusterRow, 'plan' | 'creatorId' | 'creatorName' | 'words'> {
  return {
    plan: typeof row.spec.plan === 'string' ? row.spec.plan : null,
    creatorId: row.createdBy.id,
    creatorName: row.createdBy.displayName,
    words: searchedWords(row),
  }
}

export async function readClusterRow(session: Session, id: string): Promise<ClusterRow> {
  const row = await selectRow(session, 'cluster', session.tables.clusters, id)
  if (!row) throw new Problem('not-found', `There is no cluster ${id}.`)
  return row
}

export async function insertClusterRow(
  store: Store,
  session: Session,
  row: NewClusterRow,
): Promise<ClusterRow> {
  const expiryCheckTime = expiryCheckOf(row, store.clock.now())
  const approvalExpireTime = approvalEnd(row)
  const whole = withDocument({
    ...row,
    ...soughtFields(row),
    version: 1,
    revision: 1,
    expiryCheckTime,
    approvalExpireTime,
  })
  await insertRow(session, 'cluster', session.tables.clusters, whole)
  await writeLabels(session, whole)
  indexWords(session, null, whole)
  recount(session, null, whole)
  await moveUsage(store, session, null, whole)
  announce(session, whole)
  return whole
}

/**
 * Writes what changed of a row. The version, and with it the ETag, counts what a caller can see; being observed again
 * without news, being leased, or when the next look is due, is not a change.
 */
export async function updateClusterRow(
  store: Store,
  session: Session,
  before: ClusterRow,
  patch: Partial<NewClusterRow>,
): Promise<ClusterRow> {
  const next = { ...before, ...patch }
  if (expiryFields.some((field) => next[field] !== before[field]) || next.state === 'DELETED') {
    next.expiryCheckTime = expiryCheckOf(next, store.clock.now())
  }
  next.approvalExpireTime = approvalEnd(next)
  const visible = showsChange(before, next)
  if (visible) {
    next.version = before.version + 1
    // A clock that is set back must not have a version end before it began.
    next.updateTime = Math.max(store.clock.now(), before.updateTime)
  }
  if (soughtIn.some((field) => next[field] !== before[field])) Object.assign(next, soughtFields(next))
  const whole = withDocument(next)
  if (whole.document !== before.document) whole.revision = before.revision + 1
  await updateChanged(session, 'cluster', session.tables.clusters, before, whole)
  await moveUsage(store, session, before, whole)
  if (patch.labels && !sameJson(patch.labels, before.labels)) {
    await clearLabels(session, before.id)
    await writeLabels(session, whole)
  }
  indexWords(session, before, whole)
  if (visible) {
    recount(session, before, whole)
    keepVersion(session, before, whole.updateTime)
  }
  if (visible || next.dueTime !== before.dueTime) announce(session, whole)
  return whole
}

const expiryFields = ['expireTime', 'management'] as const

/** When an expiry next needs attention. That of a cluster which nobody manages here, or which is gone, never does. */
function expiryCheckOf({ expireTime, management, state }: NewClusterRow, now: number): number | null {
  return management === 'UNMANAGED' || state === 'DELETED' ? null : nextExpiryCheck(expireTime, now)
}

/** When a wait for approval runs out; null where nothing waits. */
function approvalEnd({ approval }: Pick<NewClusterRow, 'approval'>): number | null {
  return approval?.status === 'PENDING' ? approval.expireTime : null
}

function showsChange(before: ClusterRow, next: ClusterRow): boolean {
  const unobserved = {
    observedTime: null,
    observedVia: null,
    operationNextAttemptTime: null,
    version: 0,
    updateTime: 0,
  }
  const shown = (row: ClusterRow) => JSON.stringify(renderCluster(toCluster({ ...row, ...unobserved })))
  return shown(before) !== shown(next)
}

async function writeLabels(
  session: Session,
  { id: clusterId, labels, createTime }: ClusterRow,
): Promise<void> {
  const { clusterLabels } = session.tables
  for (const [key, value] of Object.entries(labels)) {
    await insertRow(session, 'cluster label', clusterLabels, { clusterId, key, value, createTime })
  }
}

async function clearLabels(session: Session, id: string): Promise<void> {
  const clear = compiledWrite(session, 'clear labels', ({ db, tables: { clusterLabels } }) =>
    db.delete(clusterLabels).where(eq(clusterLabels.clusterId, sql.placeholder('id'))),
  )
  await clear({ id })
}

function announce(session: Session, row: ClusterRow): void {
  session.announce('cluster', row.id)
  if (row.dueTime !== null) session.announce('due')
}
