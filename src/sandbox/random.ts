import { randomInt } from 'node:crypto'

/** A number from 0 (included) to 1 (excluded), like `Math.random`. */
export type Random = () => number

const RANGE = 2 ** 47

/** Randomness from the operating system; pass a seeded function instead for repeatable runs. */
export const systemRandom: Random = () => randomInt(RANGE) / RANGE

export function randomPick(random: Random, alphabet: string): string {
  return alphabet.charAt(Math.floor(random() * alphabet.length))
}

/** `length` characters drawn from `alphabet`. */
export function randomText(random: Random, alphabet: string, length: number): string {
  return Array.from({ length }, () => randomPick(random, alphabet)).join('')
}

/** `length` lower-case hexadecimal digits. */
export function randomHex(random: Random, length: number): string {
  return randomText(random, '0123456789abcdef', length)
}
