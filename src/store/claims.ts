import { and, asc, inArray, isNotNull, type SQL } from 'drizzle-orm'
import type { Attribution } from '../cluster/actor.ts'
import { reconcilerActor } from '../cluster/actor.ts'
import type { Place } from '../cluster/place.ts'
import type { Credentials } from '../cluster/provider.ts'
import type { AuditRecord } from './audit-entries.ts'
import { aboutCluster, recordClusterChanges } from './cluster-changes.ts'
import { type ClusterRow, type NewClusterRow, readClusterRow, updateClusterRow } from './cluster-rows.ts'
import { credentialsPlace, dropSealed, putSealed } from './credentials.ts'
import { claiming, connectionsBut, isDue } from './due.ts'
import { withFreeName } from './living-names.ts'
import { fixedLimit, insertRow, selectRow, updateRow } from './statements.ts'
import type { Session, Store, Tables } from './store.ts'
import { absorbUnmanaged } from './sync.ts'

export type Intent = Tables['intents']['$inferSelect']

/** What a claim is about to do: how the row looks while it is done, and the intent if it may change something upstream. */
export interface Begun {
  patch: Partial<NewClusterRow>
  intent: Pick<Intent, 'id' | 'kind' | 'attempt' | 'upstreamName'> | null
  /** An intent whose maker died before it told how the call ended. */
  orphanedIntentId: string | null
}

export interface ClaimOptions {
  owner: string
  leaseMs: number
  /** Rows to take at the most. */
  limit: number
  /** How many more rows of each connection may be taken; a connection not named here has `perConnection`. */
  room: ReadonlyMap<string, number>
  perConnection: number
  /** Decides what to do with a row. Runs inside the transaction, so it must be pure. */
  begin: (row: ClusterRow) => Begun
}

/** How many due clusters are looked at together at the most: some that have no room are among them. */
const dueAtOnce = 128

/** Takes rows whose time has come, each with its intent already durable when this resolves. */
export async function claimClusters(store: Store, options: ClaimOptions): Promise<ClusterRow[]> {
  // Most looks find nothing, and then nobody needs to wait for the writer.
  if ((await dueClusters(store.reader, store.clock.now(), options.room, 1)).length === 0) return []
  return store.write(async (session) => {
    const atOnce = Math.min(dueAtOnce, 4 * options.limit)
    const rows = await dueClusters(session, store.clock.now(), options.room, atOnce)
    const claimed: ClusterRow[] = []
    const room = new Map(options.room)
    for (const row of rows) {
      const left = room.get(row.connectionId) ?? options.perConnection
      if (left <= 0 || claimed.length >= options.limit) continue
      room.set(row.connectionId, left - 1)
      claimed.push(await beginStep(store, session, row, options))
      await session.pause()
    }
    return claimed
  })
}

/**
 * Rows whose time has come and that nobody has, longest due first; more than can be taken, as some have no room. What
 * waits at a connection without any is not looked at, however much it is.
 */
async function dueClusters(
  session: Session,
  now: number,
  room: ClaimOptions['room'],
  limit: number,
): Promise<ClusterRow[]> {
  const { clusters } = session.tables
  const full = [...room].filter(([, left]) => left <= 0).map(([id]) => id)
  const due =
    (there?: SQL) =>
    ({ db }: Session) => {
      const query = db
        .select()
        .from(clusters)
        .where(and(isDue(clusters), there))
        .orderBy(asc(clusters.dueTime))
        .limit(fixedLimit(limit))
      return claiming(session, query, clusters).prepare()
    }
  if (full.length === 0) return session.prepared(`due clusters, ${limit}`, due()).execute({ now })
  const others = await connectionsBut(session, full)
  return others.length === 0 ? [] : due(inArray(clusters.connectionId, others))(session).execute({ now })
}

async function beginStep(
  store: Store,
  session: Session,
  row: ClusterRow,
  options: ClaimOptions,
): Promise<ClusterRow> {
  const now = store.clock.now()
  const { patch, intent, orphanedIntentId } = options.begin(row)
  const claimed = await updateClusterRow(store, session, row, {
    ...patch,
    leaseOwner: options.owner,
    leaseUntil: now + options.leaseMs,
  })
  const records: AuditRecord[] = []
  if (intent) records.push({ action: 'cluster.call', outcome: 'UNKNOWN', ...aboutCluster(row) })
  if (orphanedIntentId !== null) {
    records.push({ action: 'cluster.settle', outcome: 'UNKNOWN', ...aboutCluster(row) })
  }
  const rows = { before: row, after: claimed }
  const entryIds = await recordClusterChanges(store, session, attributionOf(row), rows, records)
  if (orphanedIntentId !== null) {
    const settleEntryId = entryIds.at(-1) ?? null
    await closeIntent(store, session, orphanedIntentId, { outcome: 'UNKNOWN', settleEntryId })
  }
  if (intent) {
    await insertRow(session, 'intent', session.tables.intents, {
      ...intent,
      clusterId: row.id,
      startTime: now,
      endTime: null,
      outcome: 'PENDING',
      providerRequestId: null,
      error: null,
      callEntryId: entryIds[0] ?? null,
      settleEntryId: null,
    })
  }
  return claimed
}

/** The reconciler acts on its own account, under the id of the request that set it going. */
export function attributionOf(row: ClusterRow): Attribution {
  return {
    actor: reconcilerActor,
    requestId: row.work.requestId,
    context: { ip: null, userAgent: null, interface: 'reconciler' },
  }
}

export interface Settlement {
  patch: Partial<NewClusterRow>
  audit: AuditRecord[]
  intent: (Pick<Intent, 'outcome'> & Partial<Pick<Intent, 'providerRequestId' | 'error'>>) | null
  /** One-time ones, stored in the same transaction as the cluster that they open. */
  credentials?: Credentials
  /** The cluster is gone, and its password with it. */
  dropCredentials?: boolean
}

export interface Settling {
  settle(row: ClusterRow, leaseHeld: boolean): Settlement | null
  /** Called inside the transaction, for the row as it is now, so that no key that was retired meanwhile seals. */
  seal(credentials: Credentials, place: Place): Promise<string>
}

/**
 * Ends a step: reads the row as it is now (a caller may have asked for something else meanwhile), lets `settle` decide,
 * and writes it all in one transaction. When the lease was lost to another process, `settle` is told so: then only
 * facts that nobody else can know may be kept.
 */
export function settleCluster(
  store: Store,
  claimed: ClusterRow,
  owner: string,
  { settle, seal }: Settling,
): Promise<void> {
  return store.write(async (session) => {
    const row = await readClusterRow(session, claimed.id)
    const leaseHeld = row.leaseOwner === owner && row.leaseUntil === claimed.leaseUntil
    const settlement = settle(row, leaseHeld)
    if (settlement === null) return
    const patch = await withFreeName(session, row, settlement.patch)
    if (patch.externalId) await absorbUnmanaged(store, session, row, patch.externalId)
    const released = leaseHeld ? { leaseOwner: null, leaseUntil: null } : {}
    const after = await updateClusterRow(store, session, row, { ...patch, ...released })
    if (settlement.credentials) {
      const sealed = await seal(settlement.credentials, credentialsPlace(row))
      await putSealed(store, session, row.id, sealed)
    }
    if (settlement.dropCredentials) await dropSealed(session, row.id)
    const rows = { before: row, after }
    const who = attributionOf(row)
    const [settleEntryId = null] = await recordClusterChanges(store, session, who, rows, settlement.audit)
    const { intentId } = claimed.work
    if (settlement.intent && intentId !== undefined) {
      await closeIntent(store, session, intentId, { ...settlement.intent, settleEntryId })
    }
  })
}

async function closeIntent(
  store: Store,
  session: Session,
  id: string,
  end: Pick<Intent, 'outcome' | 'settleEntryId'> & Partial<Pick<Intent, 'providerRequestId' | 'error'>>,
): Promise<void> {
  const intent = await selectRow(session, 'intent', session.tables.intents, id)
  if (!intent) return
  await updateRow(session, 'intent', session.tables.intents, {
    ...intent,
    ...end,
    endTime: store.clock.now(),
  })
}

/** A process that is alone on the database takes over what a dead one had leased. Elsewhere leases run out by time. */
export async function releaseLeases(store: Store): Promise<void> {
  if (!store.exclusive) return
  await store.write(async ({ db, tables }) => {
    const none = { leaseOwner: null, leaseUntil: null }
    // There is an index of when leases end, and none of whose they are.
    await db.update(tables.clusters).set(none).where(isNotNull(tables.clusters.leaseUntil))
    await db.update(tables.connections).set(none).where(isNotNull(tables.connections.leaseUntil))
  })
}
