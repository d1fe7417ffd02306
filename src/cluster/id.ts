import { typeidUnboxed } from 'typeid-js'

/** The kinds of things that have an id, and the prefix that says so (TypeID: prefix, underscore, UUIDv7 in base 32). */
export type IdPrefix = 'clu' | 'con' | 'key' | 'aud' | 'op' | 'req'

/** Makes the next id of a kind. Ids of one kind sort by the time they were made. */
export type NewId = (prefix: IdPrefix) => string

export const newId: NewId = (prefix) => typeidUnboxed(prefix)

const suffix = '[0-7][0-9a-hjkmnp-tv-z]{25}'

/** What a well-formed id of a kind looks like. */
export function idPattern(prefix: IdPrefix): RegExp {
  return new RegExp(`^${prefix}_${suffix}$`)
}
