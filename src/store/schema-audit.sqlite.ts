import {
  customType,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'
import { time } from './columns.sqlite.ts'

/* The audit entries, and the tables of the log that they make up. */

const hash = customType<{ data: Buffer; driverData: Buffer }>({
  dataType: () => 'blob',
  // SQLite keeps what it is given, and a forger gives anything.
  fromDriver: (value: unknown) => (Buffer.isBuffer(value) ? value : Buffer.from(String(value))),
})

export const auditEntries = sqliteTable(
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
export const auditTargets = sqliteTable(
  'audit_targets',
  {
    targetId: text('target_id').notNull(),
    time: time('time').notNull(),
    entryId: text('entry_id').notNull(),
  },
  (t) => [primaryKey({ columns: [t.targetId, t.time, t.entryId] })],
)

/** Entries that wait for their place in the log, in the order of their ids. */
export const auditQueue = sqliteTable('audit_queue', {
  entryId: text('entry_id').primaryKey(),
  /** Null for an entry older than the log: it is hashed when it is given its place. */
  leafHash: hash('leaf_hash'),
})

/** The log: every entry's place and RFC 6962 leaf hash. They stay when the entry itself is pruned. */
export const auditLeaves = sqliteTable(
  'audit_leaves',
  {
    index: integer('leaf_index').primaryKey(),
    entryId: text('entry_id').notNull(),
    leafHash: hash('leaf_hash').notNull(),
  },
  (t) => [uniqueIndex('audit_leaves_entry').on(t.entryId)],
)

/** Hashes of the log's complete subtrees; see audit-tree.ts. */
export const auditNodes = sqliteTable(
  'audit_nodes',
  {
    level: integer('level').notNull(),
    index: integer('node_index').notNull(),
    hash: hash('hash').notNull(),
  },
  (t) => [primaryKey({ columns: [t.level, t.index] })],
)

export const auditCheckpoints = sqliteTable('audit_checkpoints', {
  size: integer('size').primaryKey(),
  time: integer('time').notNull(),
  /** The signed note. */
  note: text('note').notNull(),
})

/** Keys that sign, or once signed, the checkpoints. */
export const auditSigningKeys = sqliteTable('audit_signing_keys', {
  /** The key id in the notes. */
  id: text('id').primaryKey(),
  /** `name+hash+key`. */
  verifierKey: text('verifier_key').notNull(),
  /** Null once the key is retired: nothing signs with it any more. */
  sealedPrivateKey: text('sealed_private_key'),
  createTime: integer('create_time').notNull(),
  retireTime: integer('retire_time'),
})
