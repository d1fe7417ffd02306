import { TypeID } from 'typeid-js'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { idPattern, newId } from '../../src/cluster/id.ts'

const digits = '0123456789abcdefghjkmnpqrstvwxyz'

/** The UUID that a TypeID writes in base 32. */
function uuidOf(id: string): string {
  const suffix = id.slice(id.lastIndexOf('_') + 1)
  const bits = [...suffix].reduce((sum, digit) => sum * 32n + BigInt(digits.indexOf(digit)), 0n)
  return bits.toString(16).padStart(32, '0')
}

describe('an id', () => {
  afterEach(() => vi.useRealTimers())

  test('is a TypeID of its kind, and a UUID of version 7 that tells the time', () => {
    const before = Date.now()
    const id = newId('clu')
    expect(id).toMatch(idPattern('clu'))
    expect(uuidOf(id)).toMatch(/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
    const time = Number.parseInt(uuidOf(id).slice(0, 12), 16)
    expect(time).toBeGreaterThanOrEqual(before)
    expect(time).toBeLessThanOrEqual(Date.now())
  })

  test('is written in base 32 as the TypeID library writes it', () => {
    for (let i = 0; i < 1000; i++) {
      const id = newId('req')
      expect(TypeID.fromUUID('req', TypeID.fromString(id).toUUID()).toString()).toBe(id)
    }
  })

  test('sorts behind every id made before it, within a millisecond and when the clock is set back', () => {
    vi.useFakeTimers({ now: Date.now() + 1000 })
    const ids = Array.from({ length: 10_000 }, () => newId('aud'))
    vi.setSystemTime(Date.now() - 60_000)
    ids.push(newId('aud'))
    vi.setSystemTime(Date.now() + 120_000)
    ids.push(newId('aud'))
    expect(ids.toSorted()).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
  })
})
