import type { SQL } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Condition } from '../../cluster/filter/condition.ts'
import type { FieldColumns } from '../filter/compile.ts'

/** Rows that an index leads to, in the order of its keys. */
export interface Lead {
  /** What follows FROM. */
  source: SQL
  where: SQL | undefined
  /** The columns of the order and the id, as the index holds them. */
  keys: readonly SQLiteColumn[]
}

/** How many rows one answer may read where no index leads to just those that are asked for. */
export interface Limits {
  /** Gathered by one index and sorted. */
  gathered: number
  /** Walked in the order of the list; the next page goes on from there. */
  walked: number
  /** Counted by an index alone. */
  counted: number
  /** Counted by looking at each. */
  sifted: number
}

export const usualLimits: Limits = { gathered: 1000, walked: 5000, counted: 100_000, sifted: 20_000 }

/** What is asked of rows where as many are read as may be, as `costOf` tells it; more is asked of fewer. */
const usualCost = 16

/** So many rows, or fewer if each is asked so much. */
export function affordable(rows: number, cost: number): number {
  return Math.max(1, Math.floor(rows * Math.min(1, usualCost / cost)))
}

export function affordableLimits({ gathered, walked, counted, sifted }: Limits, cost: number): Limits {
  const steps = affordable(walked, cost)
  return { gathered: Math.min(gathered, steps), walked: steps, counted, sifted: affordable(sifted, cost) }
}

/** What a table offers to those who list it. */
export interface Listable<O extends string = string> {
  table: SQLiteTable
  id: SQLiteColumn
  columns: FieldColumns
  limits: Limits
  /** The columns of each order, for each of which there is an index; ties are broken by id. */
  orders: Readonly<Record<O, readonly SQLiteColumn[]>>
  /** Where an index holds just the rows that a condition asks for, in this order. */
  leadOf(condition: Condition, orderBy: O): (Pick<Lead, 'source' | 'where'> & Partial<Lead>) | undefined
  /** The ids of the rows that a condition asks for, as `id`, where an index tells them without regard to any order. */
  idsOf(condition: Condition): SQL | undefined
  /** Smaller for conditions that fewer rows are likely to meet. */
  rankOf(condition: Condition): number
}
