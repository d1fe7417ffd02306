import { and, asc, desc, eq, gt, gte, inArray, isNotNull, lt, min, ne, notInArray, sql } from 'drizzle-orm'
import { type Attribution, everyTeam } from '../cluster/actor.ts'
import { policyTestMostDays } from '../cluster/policy.ts'
import { type AuditRecord, recordAudit } from './audit-entries.ts'
import type { Checked, PolicyDenied } from './check-policy.ts'
import { forgottenAtOnce } from './idempotency.ts'
import { insertRow } from './statements.ts'
import type { Session, Store, Tables } from './store.ts'

export type PolicyRequestRow = Tables['policyRequests']['$inferSelect']

const dayMs = 24 * 3600_000

/** Keeps a request as policies see it, under the id of its audit entry. */
export async function keepPolicyRequest(
  store: Store,
  session: Session,
  { actor }: Attribution,
  entryId: string,
  { asked, decision }: Pick<Checked, 'asked' | 'decision'>,
): Promise<void> {
  if (asked === null) return
  const { type, id, displayName } = actor
  await insertRow(session, 'policy request', session.tables.policyRequests, {
    id: entryId,
    time: store.clock.now(),
    team: asked.team,
    actor: { type, id, displayName },
    clusterId: asked.clusterId,
    decision: decision?.decision ?? 'ALLOW',
    request: asked.request,
  })
}

/** Writes down a refusal by policy, and what it refused. */
export function recordDenied(
  store: Store,
  who: Attribution,
  record: AuditRecord,
  { asked, extras }: PolicyDenied,
): Promise<string> {
  return store.write(async (session) => {
    const decision = extras.policy ?? null
    const entryId = await recordAudit(store, session, who, {
      ...record,
      ...(decision && { policy: decision }),
    })
    await keepPolicyRequest(store, session, who, entryId, { asked, decision })
    return entryId
  })
}

/** Where a list of requests goes on: after this one. */
export type RequestPosition = Pick<PolicyRequestRow, 'time' | 'id'>

interface RequestQuery {
  team: string
  since: number
  before: RequestPosition | null
  limit: number
}

/**
 * Requests for a team's clusters since a time, newest first, older than `before`. Of `*`: those of every team without a
 * policy of its own.
 */
export function listPolicyRequests({ reader }: Store, query: RequestQuery): Promise<PolicyRequestRow[]> {
  return query.team === everyTeam ? listUngoverned(reader, query) : listOfTeam(reader, query)
}

function listOfTeam({ db, tables: { policyRequests: t } }: Session, query: RequestQuery) {
  const { team, since, before, limit } = query
  return db
    .select()
    .from(t)
    .where(and(eq(t.team, team), gte(t.time, since), before === null ? undefined : lt(t.id, before.id)))
    .orderBy(desc(t.id))
    .limit(limit)
}

function listUngoverned({ db, tables: { policyRequests: t, policies } }: Session, query: RequestQuery) {
  const { since, before, limit } = query
  const governed = db
    .select({ team: policies.team })
    .from(policies)
    .where(and(ne(policies.team, everyTeam), isNotNull(policies.rules)))
  const older = before === null ? undefined : sql`(${t.time}, ${t.id}) < (${before.time}, ${before.id})`
  return db
    .select()
    .from(t)
    .where(and(gte(t.time, since), older, notInArray(t.team, governed)))
    .orderBy(desc(t.time), desc(t.id))
    .limit(limit)
}

/** Forgets what no test of a policy reaches back to. Answers how many. */
export async function forgetOldPolicyRequests(store: Store): Promise<number> {
  const bound = store.clock.now() - policyTestMostDays * dayMs
  let total = 0
  for (;;) {
    const forgotten = await store.write((session) => forgetSome(session, bound))
    total += forgotten
    if (forgotten < forgottenAtOnce) return total
  }
}

/** As many as one transaction may. */
async function forgetSome(session: Session, bound: number): Promise<number> {
  let forgotten = 0
  for (let team = await nextTeam(session, ''); team !== null; team = await nextTeam(session, team)) {
    forgotten += await forgetBefore(session, team, bound, forgottenAtOnce - forgotten)
    if (forgotten === forgottenAtOnce) break
  }
  return forgotten
}

/** The first team after another that has requests: a seek for each, where listing them would read every row. */
async function nextTeam(
  { db, tables: { policyRequests: t } }: Session,
  after: string,
): Promise<string | null> {
  const [row] = await db
    .select({ team: min(t.team) })
    .from(t)
    .where(gt(t.team, after))
  return row?.team ?? null
}

/** Ids sort by time: what is too old lies before the first that is not. */
async function forgetBefore(
  { db, tables: { policyRequests: t } }: Session,
  team: string,
  bound: number,
  limit: number,
): Promise<number> {
  const [kept] = await db
    .select({ id: t.id })
    .from(t)
    .where(and(eq(t.team, team), gte(t.time, bound)))
    .orderBy(asc(t.id))
    .limit(1)
  const old = db
    .select({ id: t.id })
    .from(t)
    .where(and(eq(t.team, team), kept ? lt(t.id, kept.id) : undefined))
    .orderBy(asc(t.id))
    .limit(limit)
  const forgotten = await db
    .delete(t)
    .where(and(eq(t.team, team), inArray(t.id, old)))
    .returning({ id: t.id })
  return forgotten.length
}
