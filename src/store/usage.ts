import { eq, ne, sql } from 'drizzle-orm'
import { isOpen } from '../cluster/cluster.ts'
import { type Amounts, amountsOf } from '../cluster/policy.ts'
import type { ClusterRow } from './cluster-rows.ts'
import { compiledRead, compiledWrite } from './compiled.ts'
import { type OperationColumns, toOperation } from './operation-columns.ts'
import type { Session, Store } from './store.ts'

/** What of a row decides how much its team holds by it. */
type Held = OperationColumns &
  Pick<ClusterRow, 'provider' | 'spec' | 'state' | 'management' | 'externalId' | 'work'>

const nothing: Amounts = {}

/**
 * What a cluster takes of what its team may hold: from its acceptance, be it suspended or still waiting, until it is
 * gone, or is known never to have been made. While an update is under way it takes the larger of both sizes, since the
 * update may fail.
 */
export function heldBy({ shapeOf }: Pick<Store, 'shapeOf'>, row: Held): Amounts {
  if (row.state === 'DELETED' || row.management === 'UNMANAGED' || wasNeverMade(row)) return nothing
  const now = amountsOf(shapeOf(row.provider, row.spec))
  const before = isOpen(toOperation(row)) ? row.work.before?.spec : undefined
  return before === undefined ? now : largest(now, amountsOf(shapeOf(row.provider, before)))
}

/** A create that failed and left nothing behind, as far as can be known. */
function wasNeverMade({ externalId, operationKind, operationStatus, work }: Held): boolean {
  return (
    externalId === null && operationKind === 'create' && operationStatus === 'FAILED' && !work.createUnknown
  )
}

function largest(a: Amounts, b: Amounts): Amounts {
  const resources = new Set([...Object.keys(a), ...Object.keys(b)])
  return Object.fromEntries([...resources].map((name) => [name, Math.max(a[name] ?? 0, b[name] ?? 0)]))
}

export function without(usage: Amounts, part: Amounts): Amounts {
  return Object.fromEntries(Object.entries(usage).map(([name, amount]) => [name, amount - (part[name] ?? 0)]))
}

/** Brings the teams' sums up to date with a row that is being written: part of every write of a cluster. */
export async function moveUsage(
  store: Store,
  session: Session,
  before: ClusterRow | null,
  after: ClusterRow,
): Promise<void> {
  const held = before ? heldBy(store, before) : nothing
  const holds = heldBy(store, after)
  if (before === null || before.team === after.team) {
    await addUsage(session, after.team, without({ ...zeroed(held), ...holds }, held))
    return
  }
  await addUsage(session, before.team, without(zeroed(held), held))
  await addUsage(session, after.team, holds)
}

function zeroed(amounts: Amounts): Amounts {
  return Object.fromEntries(Object.keys(amounts).map((name) => [name, 0]))
}

async function addUsage(session: Session, team: string, amounts: Amounts): Promise<void> {
  for (const [resource, amount] of Object.entries(amounts)) {
    if (amount !== 0) await add(session, team, resource, amount)
  }
}

async function add(session: Session, team: string, resource: string, amount: number): Promise<void> {
  const write = compiledWrite(session, 'add usage', ({ db, tables: { teamUsage } }) =>
    db
      .insert(teamUsage)
      .values({
        team: sql.placeholder('team'),
        resource: sql.placeholder('resource'),
        amount: sql.placeholder('amount'),
      })
      .onConflictDoUpdate({
        target: [teamUsage.team, teamUsage.resource],
        set: { amount: sql`team_usage.amount + excluded.amount` },
      }),
  )
  await write({ team, resource, amount })
}

/** What a team holds now. */
export async function readUsage(session: Session, team: string): Promise<Amounts> {
  const select = compiledRead(session, 'usage', ({ db, tables: { teamUsage } }) => {
    const columns = { resource: teamUsage.resource, amount: teamUsage.amount }
    const query = db
      .select(columns)
      .from(teamUsage)
      .where(eq(teamUsage.team, sql.placeholder('team')))
    return { columns, query }
  })
  return Object.fromEntries((await select({ team })).map(({ resource, amount }) => [resource, amount]))
}

/**
 * What a team holds, until this transaction ends: whoever asks the same meanwhile waits. Writing the row is what locks
 * it, where an engine lets two transactions write at once.
 */
export async function reserveUsage(session: Session, team: string): Promise<Amounts> {
  await add(session, team, 'clusters', 0)
  return readUsage(session, team)
}

/** The sums over again, from the clusters themselves. */
export async function countUsage(store: Store, session: Session): Promise<Map<string, Amounts>> {
  const { clusters } = session.tables
  const rows = await session.db.select().from(clusters).where(ne(clusters.state, 'DELETED'))
  const sums = new Map<string, Record<string, number>>()
  for (const row of rows) {
    const sum = sums.get(row.team) ?? {}
    for (const [resource, amount] of Object.entries(heldBy(store, row))) {
      sum[resource] = (sum[resource] ?? 0) + amount
    }
    sums.set(row.team, sum)
  }
  return sums
}
