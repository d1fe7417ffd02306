import { and, asc, eq, gt, inArray, isNotNull, isNull, ne, notInArray, sql } from 'drizzle-orm'
import { everyTeam, reconcilerActor } from '../cluster/actor.ts'
import type { Observed } from '../cluster/provider.ts'
import { type AuditRecord, recordAudit } from './audit-entries.ts'
import { aboutCluster, recordClusterChanges } from './cluster-changes.ts'
import { type ClusterRow, insertClusterRow, type NewClusterRow, updateClusterRow } from './cluster-rows.ts'
import { visitAttribution } from './connection-claims.ts'
import { type ConnectionRow, owningTeam } from './connection-rows.ts'
import { withFreeName } from './living-names.ts'
import { fixedLimit } from './statements.ts'
import type { Session, Store } from './store.ts'

/** What a sync decides about one row: what changes, and the entry that says so. Null leaves the row unwritten. */
export type SyncVerdict = { patch: Partial<NewClusterRow>; audit: AuditRecord[] } | null

export interface SyncPage {
  connection: ConnectionRow
  requestId: string
  /** When the list was begun. */
  startTime: number
  clusters: Observed[]
  /** Decides about a row that the list shows. Pure. */
  compare: (row: ClusterRow, observed: Observed) => SyncVerdict
}

/** Brings a page of a provider's list into the inventory. Writes only what changed. Answers how many rows it wrote. */
export function syncPage(store: Store, page: SyncPage): Promise<number> {
  return store.write(async (session) => {
    const rows = await rowsOf(session, page)
    let written = 0
    for (const observed of page.clusters) {
      const known = rows.get(observed.externalId) ?? []
      const living = known.find((row) => row.state !== 'DELETED')
      if (living) {
        if (await applyVerdict(store, session, living, page.compare(living, observed), page.requestId))
          written++
        continue
      }
      // The list may be older than the end of what it shows.
      if (known.some(({ deleteTime }) => (deleteTime ?? 0) >= page.startTime)) continue
      if (await isBeingCreated(session, page.connection, observed)) continue
      await discover(store, session, page, observed, known[0])
      written++
    }
    return written
  })
}

async function rowsOf(session: Session, page: SyncPage): Promise<Map<string, ClusterRow[]>> {
  const { clusters } = session.tables
  const ids = page.clusters.map((observed) => observed.externalId)
  const rows = await session.db
    .select()
    .from(clusters)
    .where(and(eq(clusters.connectionId, page.connection.id), inArray(clusters.externalId, ids)))
  return Map.groupBy(rows, (row) => row.externalId ?? '')
}

async function applyVerdict(
  store: Store,
  session: Session,
  row: ClusterRow,
  verdict: SyncVerdict,
  requestId: string,
): Promise<boolean> {
  if (verdict === null) return false
  const patch = await withFreeName(session, row, verdict.patch)
  const after = await updateClusterRow(store, session, row, patch)
  const who = visitAttribution(requestId)
  await recordClusterChanges(store, session, who, { before: row, after }, verdict.audit)
  return true
}

/** A create of this name whose outcome is not known yet: the reconciler will find out whether this cluster is it. */
async function isBeingCreated(
  session: Session,
  connection: ConnectionRow,
  observed: Observed,
): Promise<boolean> {
  const { clusters } = session.tables
  const rows = await session.db
    .select({ id: clusters.id })
    .from(clusters)
    .where(
      and(
        eq(clusters.connectionId, connection.id),
        eq(clusters.scope, observed.scope),
        eq(clusters.name, observed.name),
        isNull(clusters.externalId),
        // What waits for approval was never asked for upstream.
        notInArray(clusters.state, ['DELETED', 'PENDING_APPROVAL']),
        inArray(clusters.operationStatus, ['PENDING', 'RUNNING', 'OUTCOME_UNKNOWN']),
      ),
    )
    .limit(1)
  return rows.length > 0
}

/** A cluster that nobody asked us for, or one that was deleted here and lives on. */
async function discover(
  store: Store,
  session: Session,
  page: SyncPage,
  observed: Observed,
  deleted: ClusterRow | undefined,
): Promise<void> {
  const { connection, requestId } = page
  const now = store.clock.now()
  const { type, id, displayName } = reconcilerActor
  const zombie = deleted && `It was deleted here as ${deleted.id}, but lives on at the provider.`
  const row = await insertClusterRow(store, session, {
    id: store.newId('clu'),
    name: observed.name,
    displayName: observed.displayName || observed.name,
    provider: connection.provider,
    connectionId: connection.id,
    connection: connection.name,
    scope: observed.scope,
    // Nobody's: only those who see every team see it, unless the connection is one team's own.
    team: owningTeam(connection) ?? everyTeam,
    region: observed.region,
    spec: observed.spec,
    labels: {},
    state: observed.state,
    stateReason: zombie ?? observed.stateReason,
    providerState: observed.providerState,
    providerDetails: observed.details ?? {},
    externalId: observed.externalId,
    endpoint: observed.endpoint,
    access: null,
    credentialState: 'NONE',
    management: 'UNMANAGED',
    deletionProtection: false,
    expireTime: null,
    createdBy: { type, id, displayName },
    // By a clock that is ahead of ours it may not have been made yet; whatever is known of it is known from now on.
    createTime: Math.min(observed.createTime ?? now, now),
    updateTime: now,
    readyTime: null,
    deleteTime: null,
    observedTime: now,
    observedVia: 'sync',
    operationKind: null,
    operationStatus: null,
    operationStartTime: null,
    operationEndTime: null,
    operationAttempts: 0,
    operationNextAttemptTime: null,
    operationError: null,
    drift: null,
    approval: null,
    absentSyncs: 0,
    work: { requestId },
    dueTime: null,
    leaseOwner: null,
    leaseUntil: null,
  })
  await recordAudit(store, session, visitAttribution(requestId), {
    action: 'cluster.discover',
    outcome: 'SUCCESS',
    targets: [{ type: 'cluster', id: row.id, displayName: row.name }],
    team: row.team,
    changes: [{ path: '/externalId', before: null, after: observed.externalId }],
  })
}

const absentPageSize = 500

/**
 * After a complete list: goes through the living clusters of the connection that it did not show, page by page, and
 * lets `judge` decide about each. Answers how many rows were written.
 */
export async function syncAbsent(
  store: Store,
  options: {
    connection: ConnectionRow
    requestId: string
    seen: ReadonlySet<string>
    judge: (row: ClusterRow) => SyncVerdict
  },
): Promise<number> {
  const { connection, seen, judge, requestId } = options
  const { clusters } = store.reader.tables
  let written = 0
  for (let after = ''; ; ) {
    const statement = store.reader.prepared('clusters that a list should show', ({ db }) =>
      db
        .select({ id: clusters.id, externalId: clusters.externalId })
        .from(clusters)
        .where(
          and(
            eq(clusters.connectionId, sql.placeholder('connectionId')),
            isNotNull(clusters.externalId),
            notInArray(clusters.state, ['DELETED', 'MISSING']),
            gt(clusters.id, sql.placeholder('after')),
          ),
        )
        .orderBy(asc(clusters.id))
        .limit(fixedLimit(absentPageSize))
        .prepare(),
    )
    const page = await statement.execute({ connectionId: connection.id, after })
    const absent = page
      .filter((row) => row.externalId !== null && !seen.has(row.externalId))
      .map((row) => row.id)
    if (absent.length > 0) {
      written += await store.write(async (session) => {
        const rows = await session.db.select().from(clusters).where(inArray(clusters.id, absent))
        let changed = 0
        for (const row of rows) if (await applyVerdict(store, session, row, judge(row), requestId)) changed++
        return changed
      })
    }
    const last = page.at(-1)
    if (!last || page.length < absentPageSize) return written
    after = last.id
  }
}

/** Gives an id upstream to the row that has proved to own it: a row that a sync had made for it meanwhile ends. */
export async function absorbUnmanaged(
  store: Store,
  session: Session,
  owner: ClusterRow,
  externalId: string,
): Promise<void> {
  const { clusters } = session.tables
  const [stray] = await session.db
    .select()
    .from(clusters)
    .where(
      and(
        eq(clusters.connectionId, owner.connectionId),
        eq(clusters.externalId, externalId),
        eq(clusters.management, 'UNMANAGED'),
        sql`${clusters.state} <> 'DELETED'`,
        ne(clusters.id, owner.id),
      ),
    )
  if (!stray) return
  const after = await updateClusterRow(store, session, stray, {
    state: 'DELETED',
    deleteTime: store.clock.now(),
    stateReason: `It has proved to be ${owner.id}.`,
    dueTime: null,
  })
  const who = visitAttribution(owner.work.requestId)
  const adopted = { action: 'cluster.adopt', outcome: 'SUCCESS', ...aboutCluster(after) } as const
  await recordClusterChanges(store, session, who, { before: stray, after }, [adopted])
}
