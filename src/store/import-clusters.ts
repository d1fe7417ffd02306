import { and, eq, gte, inArray, lt, ne } from 'drizzle-orm'
import type { Teams } from '../cluster/caller.ts'
import { importGraceMs } from '../cluster/expiry.ts'
import type { Reseal } from '../cluster/place.ts'
import type { PolicyDecision } from '../cluster/policy.ts'
import { type FieldError, Problem, type ProblemCode } from '../cluster/problem.ts'
import { recordAudit } from './audit-entries.ts'
import { type Checked, checkPolicy, policyOf } from './check-policy.ts'
import { aboutCluster, visibleChanges } from './cluster-changes.ts'
import { type ClusterRow, updateClusterRow } from './cluster-rows.ts'
import { requireFreeName } from './create-cluster.ts'
import { handOverCredentials } from './credentials.ts'
import { keepAnswer, refuseRepeat } from './idempotency.ts'
import { inTeams } from './in-teams.ts'
import type { Mutation } from './mutation.ts'
import { findPolicy, type Policy } from './policies.ts'
import type { Session, Store, Tables } from './store.ts'

export interface ImportOrder {
  connection: { id: string; name: string }
  team: string
  labels: Record<string, string>
  /** By the provider's ids, or whatever of the unmanaged clusters fits. */
  select:
    | { externalIds: string[] }
    | { filter: { region?: string | undefined; namePrefix?: string | undefined } }
  validateOnly: boolean
  /** Only clusters of these teams can be taken; nobody's by who may take them all. */
  visibleTeams: Teams
  /** For credentials of a cluster that was managed here before, by another team. */
  reseal: Reseal
}

export interface ImportResult {
  externalId: string
  outcome: 'IMPORTED' | 'VALID' | 'REFUSED'
  /** The cluster's id here; null where there is none to tell. */
  clusterId: string | null
  error: { code: ProblemCode; detail: string; policy?: PolicyDecision } | null
}

/**
 * Adopts clusters that exist upstream, as the last sync found them. Each has its own outcome; when none can be
 * imported the whole request is refused and nothing changes.
 */
export function importClusters(
  store: Store,
  mutation: Mutation,
  order: ImportOrder,
): Promise<ImportResult[]> {
  return store.write(async (session) => {
    await refuseRepeat(session, mutation.idempotency)
    const candidates = await candidatesOf(session, order)
    const { applies: policy } = await findPolicy(session, order.team)
    const results: ImportResult[] = []
    for (const [externalId, row] of candidates) {
      results.push(await importOne(store, session, mutation, { ...order, policy }, externalId, row))
    }
    refuseIfAllRefused(results)
    if (!order.validateOnly) {
      const body = JSON.stringify({ results })
      await keepAnswer(store, session, mutation.idempotency, { status: 200, headers: {}, body }, null)
    }
    return results
  })
}

async function candidatesOf(
  session: Session,
  order: ImportOrder,
): Promise<Map<string, ClusterRow | undefined>> {
  const { clusters } = session.tables
  const here = and(
    eq(clusters.connectionId, order.connection.id),
    ne(clusters.state, 'DELETED'),
    inTeams(clusters.team, order.visibleTeams),
  )
  if ('externalIds' in order.select) {
    const { externalIds } = order.select
    const rows = await session.db
      .select()
      .from(clusters)
      .where(and(here, inArray(clusters.externalId, externalIds)))
    return new Map(externalIds.map((id) => [id, rows.find((row) => row.externalId === id)]))
  }
  const { region, namePrefix } = order.select.filter
  const rows = await session.db
    .select()
    .from(clusters)
    .where(
      and(
        here,
        eq(clusters.management, 'UNMANAGED'),
        region === undefined ? undefined : eq(clusters.region, region),
        namePrefix === undefined ? undefined : startsWith(clusters.name, namePrefix),
      ),
    )
  return new Map(rows.map((row) => [String(row.externalId), row]))
}

/** Names are letters, digits and hyphens: every one that begins so lies before this bound. */
function startsWith(column: Tables['clusters']['name'], prefix: string) {
  return and(gte(column, prefix), lt(column, `${prefix}\u{10ffff}`))
}

async function importOne(
  store: Store,
  session: Session,
  mutation: Mutation,
  order: ImportOrder & { policy: Policy | undefined },
  externalId: string,
  row: ClusterRow | undefined,
): Promise<ImportResult> {
  const refused = refusalOf(order, externalId, row)
  if (refused || !row) return { externalId, outcome: 'REFUSED', clusterId: null, error: refused }
  const { team, policy } = order
  const labels = { ...row.labels, ...order.labels }
  let checked: Checked
  try {
    checked = await checkPolicy(store, session, {
      policy,
      act: 'import',
      team,
      before: row,
      after: { ...row, labels },
    })
    await requireFreeName(session, { ...row, connection: order.connection })
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { externalId, outcome: 'REFUSED', clusterId: null, error: errorOf(error) }
  }
  if (order.validateOnly) return { externalId, outcome: 'VALID', clusterId: row.id, error: null }
  const now = store.clock.now()
  const after = await updateClusterRow(store, session, row, {
    management: 'IMPORTED',
    team,
    labels,
    ...(row.expireTime !== null && { expireTime: Math.max(row.expireTime, now + importGraceMs) }),
    // A list tells less than a look.
    dueTime: now,
    work: { ...row.work, requestId: mutation.who.requestId },
  })
  await handOverCredentials(session, row, order.team, order.reseal)
  await recordAudit(store, session, mutation.who, {
    action: 'cluster.import',
    outcome: 'SUCCESS',
    ...aboutCluster(after),
    ...policyOf(checked),
    changes: visibleChanges(row, after),
  })
  return { externalId, outcome: 'IMPORTED', clusterId: row.id, error: null }
}

function errorOf({ code, message, extras }: Problem): ImportResult['error'] {
  return { code, detail: message, ...(extras.policy && { policy: extras.policy }) }
}

function refusalOf(
  order: ImportOrder,
  externalId: string,
  row: ClusterRow | undefined,
): ImportResult['error'] {
  if (!row) {
    const detail = `The last sync of ${order.connection.name} found no cluster ${externalId}. Sync it: POST /connections/${order.connection.id}/sync.`
    return { code: 'not-found', detail }
  }
  if (row.management !== 'UNMANAGED') {
    return { code: 'wrong-state', detail: `${externalId} is managed already.` }
  }
  return null
}

function refuseIfAllRefused(results: ImportResult[]): void {
  const [first] = results
  if (!first) throw new Problem('not-found', 'No unmanaged cluster of this connection fits.')
  if (results.some((result) => result.outcome !== 'REFUSED')) return
  const errors: FieldError[] = results.map(({ error }, i) => ({
    pointer: `/externalIds/${i}`,
    detail: error?.detail ?? 'cannot be imported',
  }))
  throw new Problem(
    first.error?.code ?? 'wrong-state',
    errors
      .map((e) => e.detail)
      .join(' ')
      .slice(0, 1000),
    { errors, ...(first.error?.policy && { policy: first.error.policy }) },
  )
}
