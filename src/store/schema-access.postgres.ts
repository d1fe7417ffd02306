import { boolean, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import type { Actor } from '../cluster/actor.ts'
import type { Scope } from '../cluster/caller.ts'
import { json, time } from './columns.postgres.ts'

/* Who may come in, and what opens what is sealed. */

export const apiKeys = pgTable(
  'api_keys',
  {
    id: text('id').primaryKey(),
    displayName: text('display_name').notNull(),
    /** SHA-256 of the key in hex. A 256-bit random secret needs no slow hash. */
    hash: text('hash').notNull(),
    createdBy: json<Pick<Actor, 'type' | 'id' | 'displayName'>>('created_by').notNull(),
    createTime: time('create_time').notNull(),
    expireTime: time('expire_time'),
    revokeTime: time('revoke_time'),
    scopes: json<Scope[]>('scopes').notNull(),
    allowOnBehalfOf: boolean('allow_on_behalf_of').notNull(),
    breakGlass: boolean('break_glass').notNull(),
    rotateTime: time('rotate_time'),
    /** Written once a minute at the most, and apart from any change: it is no part of the key. */
    lastUsedTime: time('last_used_time'),
    lastUsedIp: text('last_used_ip'),
  },
  (t) => [uniqueIndex('api_keys_hash').on(t.hash)],
)

/** Texts that a key had before it was rotated. They stay for ever, so that none is taken for that of a new key. */
export const formerApiKeyHashes = pgTable('former_api_key_hashes', {
  hash: text('hash').primaryKey(),
  keyId: text('key_id')
    .notNull()
    .references(() => apiKeys.id),
  /** Until when it still opens. */
  expireTime: time('expire_time').notNull(),
})

/** The master keys that this database has been sealed with, by id. The one activated last is the current one. */
export const masterKeys = pgTable('master_keys', {
  kid: text('kid').primaryKey(),
  activateTime: time('activate_time').notNull(),
  retireTime: time('retire_time'),
})
