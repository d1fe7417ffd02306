import { randomFillSync } from 'node:crypto'
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
  return `${prefix}_${suffixOf(v7({ msecs, seq, random: bytes }, uuid))}`
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

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
/** What ten bits are written as. */
const pairs = Array.from({ length: 1024 }, (_, bits) => `${alphabet[bits >> 5]}${alphabet[bits & 31]}`)

/**
 * A UUID's 128 bits in base 32, behind two zero bits: eight bits are the first pair of digits, and each five bytes four more.
 * Written here because every request makes one: typeid-js fills and joins an array, which takes four times as long.
 */
function suffixOf(uuid: Uint8Array): string {
  const byte = (at: number) => uuid[at] as number
  let text = pair(byte(0))
  for (let at = 1; at < 16; at += 5) {
    const [second, third, fourth] = [byte(at + 1), byte(at + 2), byte(at + 3)]
    text += pair((byte(at) << 2) | (second >> 6)) + pair(((second & 63) << 4) | (third >> 4))
    text += pair(((third & 15) << 6) | (fourth >> 2)) + pair(((fourth & 3) << 8) | byte(at + 4))
  }
  return text
}

function pair(bits: number): string {
  return pairs[bits] as string
}

const suffix = '[0-7][0-9a-hjkmnp-tv-z]{25}'

/** What a well-formed id of a kind looks like. */
export function idPattern(prefix: IdPrefix): RegExp {
  return new RegExp(`^${prefix}_${suffix}$`)
}
