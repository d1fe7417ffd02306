import { and, eq, gt, isNull, ne, sql } from 'drizzle-orm'
import { servesTeam } from '../cluster/actor.ts'
import { type JsonObject, sameJson } from '../cluster/json.ts'
import { Problem } from '../cluster/problem.ts'
import { waitingForApproval } from './approval-columns.ts'
import { recordAudit } from './audit-entries.ts'
import {
  type Checked,
  checkPolicy,
  policyOf,
  previewPolicy,
  type Question,
  underPolicy,
} from './check-policy.ts'
import { insertClusterRow, type NewClusterRow } from './cluster-rows.ts'
import { compiledRead } from './compiled.ts'
import { keepAnswer, refuseRepeat } from './idempotency.ts'
import { findHolder } from './living-names.ts'
import type { Changed, Mutation } from './mutation.ts'
import { policyFor } from './policies.ts'
import { keepPolicyRequest } from './policy-requests.ts'
import type { Session, Store } from './store.ts'
import { duplicateWindowOf } from './teams.ts'

/** A create that passed every check which needs no store. */
export interface ClusterOrder {
  name: string
  displayName: string
  provider: string
  connection: { id: string; name: string }
  /** Where the provider keeps names unique. */
  scope: string
  team: string
  region: string | null
  spec: JsonObject
  labels: Record<string, string>
  deletionProtection: boolean
  expireTime: number | null
  /** The caller knows of the cluster that looks the same, and wants this one too. */
  allowDuplicate?: boolean
}

/**
 * Accepts a create: the row in PENDING and due now, or in PENDING_APPROVAL and not due at all; its audit entry and the
 * answer to a repeat, in one transaction. Nothing has been asked of the provider. Refuses with `policy-denied`,
 * `name-taken`, `not-found` or `forbidden` (the connection is gone, or serves others now), and throws `AlreadyAnswered`
 * for a repeat.
 */
export async function createCluster(
  store: Store,
  mutation: Mutation,
  ordered: ClusterOrder,
): Promise<Changed & { id: string }> {
  return store.write(async (session) => {
    await refuseRepeat(session, mutation.idempotency)
    await requireConnection(session, ordered.connection, ordered.team)
    const { order, question } = await underItsPolicy(store, session, ordered)
    const checked = await checkPolicy(store, session, question)
    await requireFreeName(session, order)
    await requireNoDuplicate(store, session, order)
    const waits = waitingForApproval(mutation.who, checked, store.clock.now())
    const row = await insertClusterRow(store, session, { ...newRow(store, mutation, order), ...waits })
    const entryId = await recordAudit(store, session, mutation.who, {
      action: 'cluster.create',
      outcome: 'SUCCESS',
      targets: [{ type: 'cluster', id: row.id, displayName: row.name }],
      team: row.team,
      ...policyOf(checked),
      changes: Object.entries(shownOf(order))
        .filter(([, value]) => value !== null)
        .map(([field, after]) => ({ after, before: null, path: `/${field}` })),
    })
    const asked = checked.asked && { ...checked.asked, clusterId: row.id }
    await keepPolicyRequest(store, session, mutation.who, entryId, { ...checked, asked })
    const headers = { location: `/clusters/${row.id}` }
    await keepAnswer(
      store,
      session,
      mutation.idempotency,
      { status: 202, headers, body: row.document },
      row.id,
    )
    return { id: row.id, document: row.document, version: row.version }
  })
}

/** An order as it would be carried out now, and what the team's policy says to it. Refuses as the create would. */
export async function previewCreate(
  store: Store,
  ordered: ClusterOrder,
): Promise<{ order: ClusterOrder; decision: Checked['decision'] }> {
  const { order, question } = await underItsPolicy(store, store.reader, ordered)
  const { decision } = await previewPolicy(store, question)
  await requireFreeName(store.reader, order)
  return { order, decision }
}

/** An order with what its team's policy adds to it, and what that policy is to be asked. */
async function underItsPolicy(
  store: Store,
  session: Session,
  ordered: ClusterOrder,
): Promise<{ order: ClusterOrder; question: Question }> {
  const now = store.clock.now()
  const { team } = ordered
  const policy = await policyFor(session, team)
  const order = underPolicy(policy, ordered, now)
  const after = { ...order, connection: order.connection.name, createTime: now }
  return { order, question: { policy, act: 'create', team, before: null, after } }
}

function newRow(
  store: Store,
  { who }: Mutation,
  { allowDuplicate: _, ...order }: ClusterOrder,
): NewClusterRow {
  const now = store.clock.now()
  const { type, id, displayName } = who.actor
  return {
    ...order,
    id: store.newId('clu'),
    connectionId: order.connection.id,
    connection: order.connection.name,
    state: 'PENDING',
    stateReason: null,
    providerState: null,
    providerDetails: {},
    externalId: null,
    endpoint: null,
    access: null,
    credentialState: 'NONE',
    management: 'MANAGED',
    createdBy: { type, id, displayName },
    createTime: now,
    updateTime: now,
    readyTime: null,
    deleteTime: null,
    observedTime: null,
    observedVia: null,
    operationKind: 'create',
    operationStatus: 'PENDING',
    operationStartTime: now,
    operationEndTime: null,
    operationAttempts: 0,
    operationNextAttemptTime: now,
    operationError: null,
    drift: null,
    approval: null,
    absentSyncs: 0,
    work: { requestId: who.requestId },
    dueTime: now,
    leaseOwner: null,
    leaseUntil: null,
  }
}

/**
 * Where the team has the guard on: a cluster of the same shape, asked for a moment ago under another name, is more
 * often a repeated request than a second wish.
 */
async function requireNoDuplicate(store: Store, session: Session, order: ClusterOrder): Promise<void> {
  const windowMs = order.allowDuplicate ? null : await duplicateWindowOf(session, order.team)
  if (windowMs === null) return
  const { clusters } = session.tables
  // Of the team's alone, whose index has them by time. By their region or provider those of all teams would be read.
  const recent = await session.db
    .select({
      id: clusters.id,
      name: clusters.name,
      shape: { provider: clusters.provider, region: clusters.region, spec: clusters.spec },
    })
    .from(clusters)
    .where(
      and(
        eq(clusters.team, order.team),
        gt(clusters.createTime, store.clock.now() - windowMs),
        ne(clusters.state, 'DELETED'),
        ne(clusters.management, 'UNMANAGED'),
      ),
    )
  const { provider, region, spec } = order
  const twin = recent.find(({ shape }) => sameJson(shape, { provider, region, spec }))
  if (!twin) return
  throw new Problem(
    'possible-duplicate',
    `${twin.name} of the same shape was asked for less than ${Math.ceil(windowMs / 60_000)} minutes ago. If this is another one, send allowDuplicate: true.`,
    { members: { cluster: `/clusters/${twin.id}` } },
  )
}

/** What the entry of a create tells: all that was asked for. */
function shownOf({ scope: _, ...order }: ClusterOrder) {
  return { ...order, connection: order.connection.name }
}

/** What is asked of a provider anew is asked over a connection that serves the team then. */
export async function requireConnection(
  session: Session,
  { id, name }: { id: string; name: string },
  team: string,
): Promise<void> {
  const select = compiledRead(session, 'teams of a connection', ({ db, tables: { connections } }) => {
    const columns = { teams: connections.teams }
    const living = and(eq(connections.id, sql.placeholder('id')), isNull(connections.deleteTime))
    return { columns, query: db.select(columns).from(connections).where(living) }
  })
  const [row] = await select({ id })
  if (!row) throw new Problem('not-found', 'The connection was deleted meanwhile.')
  if (servesTeam(row.teams, team)) return
  throw new Problem('forbidden', `The connection ${name} does not serve the team ${team} any more.`)
}

/** Living clusters hold their name within the scope in which the provider keeps names unique. */
export async function requireFreeName(
  session: Session,
  wanted: { connection: { id: string; name: string }; scope: string; name: string; team: string },
): Promise<void> {
  const holder = await findHolder(session, { ...wanted, connectionId: wanted.connection.id })
  if (!holder) return
  const detail = `The connection ${wanted.connection.name} has a cluster named ${wanted.name} already.`
  // A team learns which of its own clusters is in the way, and of another team's only that there is one.
  const members = holder.team === wanted.team ? { cluster: `/clusters/${holder.id}` } : {}
  throw new Problem('name-taken', detail, { errors: [{ pointer: '/name', detail: 'is taken' }], members })
}
