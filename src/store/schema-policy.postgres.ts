import { index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { Actor } from '../cluster/actor.ts'
import type { PolicyRequest, PolicyRules, PolicyVerdict } from '../cluster/policy.ts'
import { integer, json, time } from './columns.postgres.ts'

/** What each team may do; the one named `*` is for teams without their own. */
export const policies = pgTable('policies', {
  team: text('team').primaryKey(),
  /** Null once it is deleted: the row stays, so that no two policies of a team have one version. */
  rules: json<PolicyRules>('rules'),
  createTime: time('create_time').notNull(),
  updateTime: time('update_time').notNull(),
  version: integer('version').notNull(),
})

/**
 * How much of each thing that can be counted a team holds: the sum over its clusters, kept by whatever writes a cluster.
 * Its row is what two creates of one team meet at.
 */
export const teamUsage = pgTable(
  'team_usage',
  {
    team: text('team').notNull(),
    resource: text('resource').notNull(),
    amount: integer('amount').notNull(),
  },
  (t) => [primaryKey({ columns: [t.team, t.resource] })],
)

/**
 * The requests of teams as policies see them, under the id of their audit entry: what a proposed policy is tested on. By
 * team, whose ids sort by time; and by time, for the policy of all teams.
 */
export const policyRequests = pgTable(
  'policy_requests',
  {
    team: text('team').notNull(),
    id: text('id').notNull(),
    time: time('time').notNull(),
    actor: json<Pick<Actor, 'type' | 'id' | 'displayName'>>('actor').notNull(),
    /** Null where the cluster was refused before there was one. */
    clusterId: text('cluster_id'),
    decision: text('decision').$type<PolicyVerdict>().notNull(),
    request: json<PolicyRequest>('request').notNull(),
  },
  (t) => [primaryKey({ columns: [t.team, t.id] }), index('policy_requests_time').on(t.time, t.id)],
)
