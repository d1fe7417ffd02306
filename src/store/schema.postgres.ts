import { sql } from 'drizzle-orm'
import { boolean, index, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core'
import type { Actor } from '../cluster/actor.ts'
import type {
  Approval,
  ClusterState,
  CredentialState,
  Drift,
  Management,
  ObservedVia,
  OperationError,
  OperationKind,
  OperationStatus,
} from '../cluster/cluster.ts'
import type { ConnectionSync } from '../cluster/connection.ts'
import type { JsonObject } from '../cluster/json.ts'
import type { Access, Directory } from '../cluster/provider.ts'
import type { Work } from '../cluster/work.ts'
import { integer, json, time } from './columns.postgres.ts'

export const meta = pgTable('meta', {
  key: text('key').primaryKey(),
  value: text('value').notNull(),
})

export const connections = pgTable(
  'connections',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    provider: text('provider').notNull(),
    teams: json<string[]>('teams').notNull(),
    settings: json<JsonObject>('settings').notNull(),
    sealedApiKey: text('sealed_api_key').notNull(),
    apiKeyFingerprint: text('api_key_fingerprint').notNull(),
    createTime: time('create_time').notNull(),
    updateTime: time('update_time').notNull(),
    verifiedTime: time('verified_time'),
    verifyRequestedTime: time('verify_requested_time'),
    lastError: json<OperationError>('last_error'),
    lastSync: json<ConnectionSync>('last_sync'),
    syncRequestedTime: time('sync_requested_time'),
    /** When the last complete sync began: every cluster that it found was seen after this. */
    syncedTime: time('synced_time'),
    directory: json<Directory>('directory'),
    directoryTime: time('directory_time'),
    version: integer('version').notNull(),
    dueTime: time('due_time'),
    leaseOwner: text('lease_owner'),
    leaseUntil: time('lease_until'),
    /** Deleted clusters refer to their connection for ever, so the row stays, without its key. */
    deleteTime: time('delete_time'),
  },
  (t) => [
    uniqueIndex('connections_name').on(t.name).where(sql`delete_time is null`),
    index('connections_due').on(t.dueTime).where(sql`due_time is not null`),
  ],
)

export const clusters = pgTable(
  'clusters',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    displayName: text('display_name').notNull(),
    provider: text('provider').notNull(),
    connectionId: text('connection_id')
      .notNull()
      .references(() => connections.id),
    connection: text('connection').notNull(),
    scope: text('scope').notNull(),
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
    access: json<Access>('access'),
    credentialState: text('credential_state').$type<CredentialState>().notNull(),
    management: text('management').$type<Management>().notNull(),
    deletionProtection: boolean('deletion_protection').notNull(),
    expireTime: time('expire_time'),
    /** When the expiry needs attention next: a warning, or the end. */
    expiryCheckTime: time('expiry_check_time'),
    createdBy: json<Pick<Actor, 'type' | 'id' | 'displayName'>>('created_by').notNull(),
    createTime: time('create_time').notNull(),
    updateTime: time('update_time').notNull(),
    readyTime: time('ready_time'),
    deleteTime: time('delete_time'),
    observedTime: time('observed_time'),
    observedVia: text('observed_via').$type<ObservedVia>(),
    operationKind: text('operation_kind').$type<OperationKind>(),
    operationStatus: text('operation_status').$type<OperationStatus>(),
    operationStartTime: time('operation_start_time'),
    operationEndTime: time('operation_end_time'),
    operationAttempts: integer('operation_attempts').notNull(),
    operationNextAttemptTime: time('operation_next_attempt_time'),
    operationError: json<OperationError>('operation_error'),
    /** How the cluster last changed without our asking; null when it is as we left it. */
    drift: json<Drift>('drift'),
    /** Complete syncs in a row that did not find the cluster. */
    absentSyncs: integer('absent_syncs').notNull(),
    work: json<Work>('work').notNull(),
    version: integer('version').notNull(),
    dueTime: time('due_time'),
    leaseOwner: text('lease_owner'),
    leaseUntil: time('lease_until'),
    /** The cluster as the API shows it, rendered when the row is written so that reading costs a copy. */
    document: text('document').notNull(),
    /** The wait for a second person; null where there never was one. */
    approval: json<Approval>('approval'),
    /** When a wait that is not over yet runs out. */
    approvalExpireTime: time('approval_expire_time'),
    /** From the spec, the creator and all that a search looks at: kept apart so that lists find them by index. */
    plan: text('plan'),
    creatorId: text('creator_id').notNull().default(''),
    creatorName: text('creator_name').notNull().default(''),
    /** Each with a space before it; see words.ts. */
    words: text('words').notNull().default(''),
    /** Counts every change of the document, also those that the version does not. */
    revision: integer('revision').notNull().default(0),
  },
  (t) => [
    index('clusters_due').on(t.dueTime).where(sql`due_time is not null`),
    index('clusters_leased').on(t.leaseUntil).where(sql`lease_until is not null`),
    index('clusters_due_connection').on(t.connectionId, t.dueTime).where(sql`due_time is not null`),
    index('clusters_expiry').on(t.expiryCheckTime).where(sql`expiry_check_time is not null`),
    index('clusters_approval_expiry').on(t.approvalExpireTime).where(sql`approval_expire_time is not null`),
    uniqueIndex('clusters_living_name')
      .on(t.connectionId, t.scope, t.name)
      .where(sql`state <> 'DELETED' and management <> 'UNMANAGED'`),
    uniqueIndex('clusters_living_external_id')
      .on(t.connectionId, t.externalId)
      .where(sql`state <> 'DELETED' and external_id is not null`),
    index('clusters_connection_id').on(t.connectionId, t.id),
    index('clusters_connection_external_id')
      .on(t.connectionId, t.externalId)
      .where(sql`external_id is not null`),
    index('clusters_create_time').on(t.createTime, t.id),
    index('clusters_update_time').on(t.updateTime, t.id),
    index('clusters_name').on(t.name, t.id),
    index('clusters_team').on(t.team, t.createTime, t.id),
    index('clusters_provider').on(t.provider, t.createTime, t.id),
    index('clusters_connection').on(t.connection, t.createTime, t.id),
    index('clusters_region').on(t.region, t.createTime, t.id),
    index('clusters_state').on(t.state, t.createTime, t.id),
    index('clusters_management').on(t.management, t.createTime, t.id),
    index('clusters_external_id').on(t.externalId, t.createTime, t.id).where(sql`external_id is not null`),
    index('clusters_plan').on(t.plan, t.createTime, t.id),
    index('clusters_creator').on(t.creatorId, t.createTime, t.id),
    index('clusters_expire_time').on(t.expireTime, t.id),
    index('clusters_team_name').on(t.team, t.name, t.id),
    index('clusters_team_update_time').on(t.team, t.updateTime, t.id),
  ],
)

export const clusterLabels = pgTable(
  'cluster_labels',
  {
    clusterId: text('cluster_id')
      .notNull()
      .references(() => clusters.id, { onDelete: 'cascade' }),
    key: text('key').notNull(),
    value: text('value').notNull(),
    /** The cluster's own, so that those of a label are found in its order. */
    createTime: time('create_time').notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.clusterId, t.key] }),
    index('cluster_labels_value').on(t.key, t.value, t.createTime, t.clusterId),
  ],
)

/** What was about to be asked of a provider, written before it was asked, and what came of it. */
export const intents = pgTable(
  'intents',
  {
    id: text('id').primaryKey(),
    clusterId: text('cluster_id')
      .notNull()
      .references(() => clusters.id),
    kind: text('kind').$type<OperationKind>().notNull(),
    attempt: integer('attempt').notNull(),
    upstreamName: text('upstream_name').notNull(),
    startTime: time('start_time').notNull(),
    endTime: time('end_time'),
    outcome: text('outcome').$type<'PENDING' | 'SUCCEEDED' | 'FAILED' | 'UNKNOWN' | 'NOT_SENT'>().notNull(),
    providerRequestId: text('provider_request_id'),
    error: json<OperationError>('error'),
    /** The audit entries that tell of the call, written with it: that it is about to be made, and what came of it. */
    callEntryId: text('call_entry_id'),
    settleEntryId: text('settle_entry_id'),
  },
  (t) => [index('intents_cluster').on(t.clusterId, t.startTime)],
)

export const credentials = pgTable('credentials', {
  clusterId: text('cluster_id')
    .primaryKey()
    .references(() => clusters.id),
  sealed: text('sealed').notNull(),
  createTime: time('create_time').notNull(),
})

export const teams = pgTable('teams', {
  name: text('name').primaryKey(),
  /** How far back a create of the same shape counts as a possible duplicate, in milliseconds; null switches the guard off. */
  duplicateWindowMs: integer('duplicate_window_ms'),
  createTime: time('create_time').notNull(),
  updateTime: time('update_time').notNull(),
  version: integer('version').notNull(),
})

export const auditEntries = pgTable(
  'audit_entries',
  {
    id: text('id').primaryKey(),
    time: time('time').notNull(),
    action: text('action').notNull(),
    outcome: text('outcome').notNull(),
    actorId: text('actor_id').notNull(),
    team: text('team'),
    requestId: text('request_id').notNull(),
    /** The entry as the API shows it. */
    document: text('document').notNull(),
  },
  (t) => [
    index('audit_entries_action').on(t.action, t.time, t.id),
    index('audit_entries_outcome').on(t.outcome, t.time, t.id),
    index('audit_entries_actor').on(t.actorId, t.time, t.id),
    index('audit_entries_team').on(t.team, t.time, t.id),
    index('audit_entries_request').on(t.requestId, t.time, t.id),
    index('audit_entries_time').on(t.time, t.id),
  ],
)

/** Every thing that an entry is about, with the entry's time: what happened to a thing, in order. */
export const auditTargets = pgTable(
  'audit_targets',
  {
    targetId: text('target_id').notNull(),
    time: time('time').notNull(),
    entryId: text('entry_id').notNull(),
  },
  (t) => [primaryKey({ columns: [t.targetId, t.time, t.entryId] })],
)

export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    /** The caller that used the key: one caller's keys never meet another's. */
    callerId: text('caller_id').notNull(),
    key: text('key').notNull(),
    /** SHA-256 of the request's method, path and canonical body. */
    fingerprint: text('fingerprint').notNull(),
    status: integer('status').notNull(),
    headers: json<Record<string, string>>('headers').notNull(),
    body: text('body').notNull(),
    clusterId: text('cluster_id'),
    createTime: time('create_time').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.callerId, t.key] }),
    index('idempotency_keys_create_time').on(t.createTime),
  ],
)

export { apiKeys, formerApiKeyHashes, masterKeys } from './schema-access.postgres.ts'
export {
  auditCheckpoints,
  auditLeaves,
  auditNodes,
  auditQueue,
  auditSigningKeys,
} from './schema-audit.postgres.ts'
export { clusterCounts, clusterWords } from './schema-inventory.postgres.ts'
export { policies, policyRequests, teamUsage } from './schema-policy.postgres.ts'
export { clusterVersions } from './schema-versions.postgres.ts'
