import { fromUUIDBytes } from 'typeid-js'
import { v7 } from 'uuid'
import type { NewId } from '../../src/cluster/id.ts'

const [random, uuid] = [new Uint32Array(4), new Uint8Array(16)]
let seq = 0

/** Makes ids as if it were that time, by which they sort. */
export function idAt(msecs: number): NewId {
  return (prefix) => {
    seq = (seq + 1) % 2 ** 31
    random[2] = Math.imul(seq, 0x9e3779b1)
    random[3] = Math.imul(seq, 0x85ebca6b)
    return fromUUIDBytes(prefix, v7({ msecs, seq, random: new Uint8Array(random.buffer) }, uuid))
  }
}

const digits = '0123456789abcdefghjkmnpqrstvwxyz'
const timeDigits = 10

/** The id of the same thing made so much later: the time is the first 48 bits of a UUIDv7, ten digits in base 32. */
export function laterId(id: string, byMs: number): string {
  const begin = id.indexOf('_') + 1
  let time = byMs
  for (let i = 0; i < timeDigits; i++)
    time += digits.indexOf(id[begin + i] ?? '') * 32 ** (timeDigits - 1 - i)
  let text = ''
  for (; text.length < timeDigits; time = Math.floor(time / 32)) text = `${digits[time % 32]}${text}`
  return id.slice(0, begin) + text + id.slice(begin + timeDigits)
}
