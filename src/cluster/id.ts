import { fromUUIDBytes } from 'typeid-js'
import { v7 } from 'uuid'

/** The kinds of things that have an id, and the prefix that says so (TypeID: prefix, underscore, UUIDv7 in base 32). */
export type IdPrefix = 'clu' | 'con' | 'key' | 'aud' | 'op' | 'req'

/** Makes the next id of a kind. Ids of one kind sort by the time they were made. */
export type NewId = (prefix: IdPrefix) => string

// typeid-js would make the UUID itself, by a release of uuid whose ids do not sort once the clock is set back.
export const newId: NewId = (prefix) => fromUUIDBytes(prefix, v7(undefined, new Uint8Array(16)))

const suffix = '[0-7][0-9a-hjkmnp-tv-z]{25}'

/** What a well-formed id of a kind looks like. */
export function idPattern(prefix: IdPrefix): RegExp {
  return new RegExp(`^${prefix}_${suffix}$`)
}
