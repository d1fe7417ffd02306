import { eq, getTableColumns, or, sql } from 'drizzle-orm'
import { everyTeam } from '../cluster/actor.ts'
import { toRfc3339 } from '../cluster/clock.ts'
import { etagOf } from '../cluster/document.ts'
import { changesBetween } from '../cluster/json.ts'
import type { Amounts, PolicyRules } from '../cluster/policy.ts'
import { recordAudit } from './audit-entries.ts'
import { compiledRead } from './compiled.ts'
import { type Mutation, requireMatch } from './mutation.ts'
import { insertRow } from './statements.ts'
import type { Session, Store, Tables } from './store.ts'
import { readUsage } from './usage.ts'

export type PolicyRow = Tables['policies']['$inferSelect']

/** A policy that holds. */
export type Policy = PolicyRow & { rules: PolicyRules }

/** A team's own policy, what holds for it, and what it has of that already. */
export interface TeamPolicy {
  team: string
  own: PolicyRow | undefined
  applies: Policy | undefined
  usage: Amounts
}

/** A team's policy as the API shows it: its own, or the one of all teams without their own. */
export function renderPolicy({ team, own, applies, usage }: TeamPolicy) {
  return {
    team,
    source: applies?.team ?? null,
    rules: applies?.rules ?? {},
    version: applies?.version ?? null,
    updateTime: toRfc3339(applies?.updateTime ?? null),
    usage,
    etag: etagOf(own?.version ?? 0),
  }
}

function holds(row: PolicyRow | undefined): row is Policy {
  return row !== undefined && row.rules !== null
}

/** The policy that holds for a team, which every create asks for: it is recalled until the commit, or until one is put. */
export async function policyFor(session: Session, team: string): Promise<Policy | undefined> {
  const found = await session.recall('policy', team, () => findPolicy(session, team))
  return found.applies
}

/** A team's own row, deleted or not, and the policy that holds for it: its own, else the one named `*`. */
export async function findPolicy(
  session: Session,
  team: string,
): Promise<Pick<TeamPolicy, 'own' | 'applies'>> {
  const select = compiledRead(session, 'policy of a team', ({ db, tables: { policies } }) => {
    const query = db
      .select()
      .from(policies)
      .where(or(eq(policies.team, sql.placeholder('team')), eq(policies.team, sql.placeholder('every'))))
    return { columns: getTableColumns(policies), query }
  })
  const rows = (await select({ team, every: everyTeam })) as PolicyRow[]
  const own = rows.find((row) => row.team === team)
  const applies = holds(own) ? own : rows.find((row) => row.team === everyTeam)
  return { own, applies: holds(applies) ? applies : undefined }
}

export async function readTeamPolicy(session: Session, team: string): Promise<TeamPolicy> {
  return { team, ...(await findPolicy(session, team)), usage: await readUsage(session, team) }
}

/** Sets a team's policy, or with null deletes it, so that the one of all teams holds for it. */
export function putPolicy(
  store: Store,
  mutation: Mutation,
  team: string,
  rules: PolicyRules | null,
): Promise<TeamPolicy> {
  return store.write(async (session) => {
    const { policies } = session.tables
    const { own: before } = await findPolicy(session, team)
    requireMatch(mutation, before?.version ?? 0)
    const after = nextPolicy(before, team, rules, store.clock.now())
    if (before) await session.db.update(policies).set(after).where(eq(policies.team, team))
    else await insertRow(session, 'policy', policies, after)
    session.forget()
    await recordAudit(store, session, mutation.who, {
      action: rules === null ? 'policy.delete' : 'policy.update',
      outcome: 'SUCCESS',
      targets: [{ type: 'team', id: team, displayName: team }],
      team: team === everyTeam ? null : team,
      changes: changesBetween(asJson(before?.rules), asJson(rules), '/rules'),
    })
    return readTeamPolicy(session, team)
  })
}

export function nextPolicy(
  before: PolicyRow | undefined,
  team: string,
  rules: PolicyRules | null,
  now: number,
): PolicyRow {
  const version = (before?.version ?? 0) + 1
  return { team, rules, createTime: before?.createTime ?? now, updateTime: now, version }
}

function asJson(rules: PolicyRules | null | undefined) {
  return rules ? JSON.parse(JSON.stringify(rules)) : null
}
