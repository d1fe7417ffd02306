import { invalid, type Problem } from '../problem.ts'

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=' | ':'

/** A word or quoted string of a filter, cut at its wildcards: `ab*` is `['ab', '']`. */
export interface Word {
  pieces: string[]
  quoted: boolean
  /** Where it begins in the filter, from 0. */
  at: number
}

export interface Restriction {
  kind: 'restriction'
  path: string[]
  operator: Operator
  argument: Word
  at: number
  operatorAt: number
}

/** A filter as it is written, before anything is known of its fields. */
export type Syntax = { kind: 'and' | 'or'; parts: Syntax[] } | { kind: 'not'; part: Syntax } | Restriction

export const filterLimits = { length: 4096, depth: 20, comparisons: 100 } as const

/** What is wrong with a filter, and where. */
export function filterFault(at: number, detail: string): Problem {
  return invalid([{ pointer: 'query/filter', detail: `${detail}, at character ${at + 1}` }])
}

/** A word's text, its wildcards as the stars they were. */
export function textOf({ pieces }: Word): string {
  return pieces.join('*')
}
