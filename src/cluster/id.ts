import { randomFillSync } from 'node:crypto'
import { fromUUIDBytes } from 'typeid-js'
import { v7 } from 'uuid'

/** The kinds of things that have an id, and the prefix that says so (TypeID: prefix, underscore, UUIDv7 in base 32). */
export type IdPrefix = 'clu' | 'con' | 'key' | 'aud' | 'op' | 'req'

/** Makes the next id of a kind. Ids of one kind sort by the time they were made. */
export type NewId = (prefix: IdPrefix) => string

const uuid = new Uint8Array(16)
/** Random bytes for 256 ids: asking the system for each one's costs more than the rest of it. */
const random = Buffer.alloc(4096)
let used = random.length
let msecs = 0
let seq = 0

/** Ids sort by when they were made, within a millisecond and when the clock is set back too (RFC 9562, 6.2). */
export const newId: NewId = (prefix) => {
  const now = Date.now()
  const bytes = nextRandom()
  if (now > msecs) {
    msecs = now
    seq = bytes.readUInt32LE() >>> 1
  } else {
    seq += 1
  }
  return fromUUIDBytes(prefix, v7({ msecs, seq, random: bytes }, uuid))
}

/** Sixteen bytes, whose first four may be used for a count: the id itself takes the last six. */
function nextRandom(): Buffer {
  if (used === random.length) {
    randomFillSync(random)
    used = 0
  }
  used += 16
  return random.subarray(used - 16, used)
}

const suffix = '[0-7][0-9a-hjkmnp-tv-z]{25}'

/** What a well-formed id of a kind looks like. */
export function idPattern(prefix: IdPrefix): RegExp {
  return new RegExp(`^${prefix}_${suffix}$`)
}
