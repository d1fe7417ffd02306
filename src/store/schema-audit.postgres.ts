import { bigint, customType, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core'

/* The tables of the log that the audit entries make up. */

const integer = (name: string) => bigint(name, { mode: 'number' })
const hash = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' })

/** Entries that wait for their place in the log, in the order of their ids. */
export const auditQueue = pgTable('audit_queue', {
  entryId: text('entry_id').primaryKey(),
  /** Null for an entry older than the log: it is hashed when it is given its place. */
  leafHash: hash('leaf_hash'),
})

/** The log: every entry's place and RFC 6962 leaf hash. They stay when the entry itself is pruned. */
export const auditLeaves = pgTable(
  'audit_leaves',
  {
    index: integer('leaf_index').primaryKey(),
    entryId: text('entry_id').notNull(),
    leafHash: hash('leaf_hash').notNull(),
  },
  (t) => [uniqueIndex('audit_leaves_entry').on(t.entryId)],
)

/** Hashes of the log's complete subtrees; see audit-tree.ts. */
export const auditNodes = pgTable(
  'audit_nodes',
  {
    level: integer('level').notNull(),
    index: integer('node_index').notNull(),
    hash: hash('hash').notNull(),
  },
  (t) => [primaryKey({ columns: [t.level, t.index] })],
)

export const auditCheckpoints = pgTable('audit_checkpoints', {
  size: integer('size').primaryKey(),
  time: integer('time').notNull(),
  /** The signed note. */
  note: text('note').notNull(),
})

/** Keys that sign, or once signed, the checkpoints. */
export const auditSigningKeys = pgTable('audit_signing_keys', {
  /** The key id in the notes. */
  id: text('id').primaryKey(),
  /** `name+hash+key`. */
  verifierKey: text('verifier_key').notNull(),
  /** Null once the key is retired: nothing signs with it any more. */
  sealedPrivateKey: text('sealed_private_key'),
  createTime: integer('create_time').notNull(),
  retireTime: integer('retire_time'),
})
