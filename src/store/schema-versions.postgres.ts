import { boolean, index, pgTable, text } from 'drizzle-orm/pg-core'
import type { Actor } from '../cluster/actor.ts'
import type {
  Approval,
  ClusterState,
  CredentialState,
  Drift,
  Management,
  OperationError,
  OperationKind,
  OperationStatus,
} from '../cluster/cluster.ts'
import type { Act } from '../cluster/cluster-act.ts'
import type { JsonObject } from '../cluster/json.ts'
import { integer, json, time } from './columns.postgres.ts'

/**
 * What clusters were before they became what they are: every version but the latest, which is the cluster's own row. The
 * names in the code are those of that row, so that whatever reads the one can read the other.
 */
export const clusterVersions = pgTable(
  'cluster_versions',
  {
    /** The cluster's id and the version, written so that the versions of a cluster lie in order right behind its id. */
    key: text('key').primaryKey(),
    id: text('cluster_id').notNull(),
    version: integer('version').notNull(),
    /** When it became so. */
    updateTime: time('valid_from').notNull(),
    /** When it was so no more: from this instant on the next version holds. */
    validUntil: time('valid_until').notNull(),
    /** What ended it, and so made the next version. */
    endedBy: json<Act>('ended_by'),
    name: text('name').notNull(),
    displayName: text('display_name').notNull(),
    provider: text('provider').notNull(),
    connection: text('connection').notNull(),
    team: text('team').notNull(),
    region: text('region'),
    spec: json<JsonObject>('spec').notNull(),
    labels: json<Record<string, string>>('labels').notNull(),
    state: text('state').$type<ClusterState>().notNull(),
    stateReason: text('state_reason'),
    providerState: text('provider_state'),
    providerDetails: json<Record<string, string>>('provider_details').notNull(),
    externalId: text('external_id'),
    endpoint: text('endpoint'),
    credentialState: text('credential_state').$type<CredentialState>().notNull(),
    management: text('management').$type<Management>().notNull(),
    deletionProtection: boolean('deletion_protection').notNull(),
    expireTime: time('expire_time'),
    createdBy: json<Pick<Actor, 'type' | 'id' | 'displayName'>>('created_by').notNull(),
    createTime: time('create_time').notNull(),
    readyTime: time('ready_time'),
    deleteTime: time('delete_time'),
    operationKind: text('operation_kind').$type<OperationKind>(),
    operationStatus: text('operation_status').$type<OperationStatus>(),
    operationStartTime: time('operation_start_time'),
    operationEndTime: time('operation_end_time'),
    operationAttempts: integer('operation_attempts').notNull(),
    operationError: json<OperationError>('operation_error'),
    drift: json<Drift>('drift'),
    approval: json<Approval>('approval'),
    plan: text('plan'),
    creatorId: text('creator_id').notNull(),
    creatorName: text('creator_name').notNull(),
    words: text('words').notNull(),
  },
  (t) => [
    index('cluster_versions_cluster').on(t.id, t.validUntil, t.version),
    index('cluster_versions_create_time').on(t.createTime, t.key),
    index('cluster_versions_valid_from').on(t.updateTime, t.key),
    index('cluster_versions_valid_until').on(t.validUntil, t.key),
    index('cluster_versions_name').on(t.name, t.key),
    index('cluster_versions_team').on(t.team, t.createTime, t.key),
    index('cluster_versions_team_valid_from').on(t.team, t.updateTime, t.key),
  ],
)
