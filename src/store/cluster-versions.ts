import { getTableColumns, sql } from 'drizzle-orm'
import type { AuditEntry } from '../cluster/audit.ts'
import { type Act, actOf } from '../cluster/cluster-act.ts'
import type { ClusterRow } from './cluster-rows.ts'
import { compiledWrite } from './compiled.ts'
import type { Pause } from './late-writes.ts'
import type { Session, Tables } from './store.ts'

export type VersionRow = Tables['clusterVersions']['$inferSelect']

/** A row that is overwritten, or an act on clusters that has been written down. */
type Event = { row: ClusterRow; until: number } | { act: Act; clusterIds: string[] }

/**
 * Keeps what a row was until now, by the end of the transaction. Called where rows are overwritten, so that a create
 * costs nothing.
 */
export function keepVersion(session: Session, row: ClusterRow, until: number): void {
  session.late.add(writerOf(session), { row, until })
}

/** Tells by what entry the rows were overwritten that were so before it, in the same transaction. */
export function noteAct(session: Session, entry: AuditEntry): void {
  // What overwrites a row does so before it is written down; a create overwrites none.
  if (session.late.count === 0 || entry.action === 'cluster.create') return
  const clusterIds = entry.targets.flatMap(({ type, id }) => (type === 'cluster' ? [id] : []))
  if (clusterIds.length > 0) session.late.add(writerOf(session), { act: actOf(entry), clusterIds })
}

function writerOf(session: Session) {
  return session.prepared(
    'keep versions',
    () => (events: Event[], pause: Pause) => writeVersions(session, events, pause),
  )
}

/** Of the entries about one change the first tells what changed. */
async function writeVersions(session: Session, events: readonly Event[], pause: Pause): Promise<void> {
  const unnamed = new Map<string, VersionRow[]>()
  const versions: VersionRow[] = []
  for (const event of events) {
    if ('act' in event) {
      for (const id of event.clusterIds) {
        for (const version of unnamed.get(id) ?? []) version.endedBy = event.act
        unnamed.delete(id)
      }
      continue
    }
    const version = versionOf(event.row, event.until)
    versions.push(version)
    unnamed.set(version.id, [...(unnamed.get(version.id) ?? []), version])
  }
  for (const version of versions) {
    await inserterOf(session)(version)
    await pause()
  }
}

function inserterOf(session: Session) {
  return compiledWrite(session, 'insert cluster version', ({ db, tables: { clusterVersions: t } }) => {
    const names = Object.keys(getTableColumns(t))
    const values = Object.fromEntries(names.map((name) => [name, sql.placeholder(name)]))
    return db.insert(t).values(values as never)
  })
}

const digits = 10

/** In the order of versions, and after the cluster's id itself and before any later one. */
export function versionKey({ id, version }: Pick<ClusterRow, 'id' | 'version'>): string {
  return `${id}/${String(version).padStart(digits, '0')}`
}

/** What the API shows of a row, and what lists look it up by; nothing of how the gateway works on it. */
function versionOf(row: ClusterRow, validUntil: number): VersionRow {
  return {
    key: versionKey(row),
    id: row.id,
    version: row.version,
    updateTime: row.updateTime,
    validUntil,
    endedBy: null,
    name: row.name,
    displayName: row.displayName,
    provider: row.provider,
    connection: row.connection,
    team: row.team,
    region: row.region,
    spec: row.spec,
    labels: row.labels,
    state: row.state,
    stateReason: row.stateReason,
    providerState: row.providerState,
    providerDetails: row.providerDetails,
    externalId: row.externalId,
    endpoint: row.endpoint,
    credentialState: row.credentialState,
    management: row.management,
    deletionProtection: row.deletionProtection,
    expireTime: row.expireTime,
    createdBy: row.createdBy,
    createTime: row.createTime,
    readyTime: row.readyTime,
    deleteTime: row.deleteTime,
    operationKind: row.operationKind,
    operationStatus: row.operationStatus,
    operationStartTime: row.operationStartTime,
    operationEndTime: row.operationEndTime,
    operationAttempts: row.operationAttempts,
    operationError: row.operationError,
    drift: row.drift,
    approval: row.approval && { ...row.approval, askers: [] },
    plan: row.plan,
    creatorId: row.creatorId,
    creatorName: row.creatorName,
    words: row.words,
  }
}
