import { and, count, isNotNull, lte } from 'drizzle-orm'
import type { Store } from './store.ts'

export interface StateCount {
  provider: string
  state: string
  total: number
}

/**
 * How many clusters there are at each provider in each state, exactly. Triggers keep the numbers, in the transaction of each
 * change, so that telling them reads a few dozen rows however many clusters there are.
 */
export function readStateCounts({ reader }: Store): Promise<StateCount[]> {
  const read = reader.prepared('state counts', ({ db, tables }) =>
    db.select().from(tables.stateCounts).prepare(),
  )
  return read.execute()
}

/** What the reconciler has before it: rows with a time at which they are due, and those of them whose time has come. */
export interface Queue {
  of: 'cluster' | 'connection'
  scheduled: number
  due: number
}

/** Reads two indexes that hold nothing but rows with work to do. */
export async function readQueues({ reader, clock }: Store): Promise<Queue[]> {
  const { clusters, connections } = reader.tables
  const queues: Queue[] = []
  for (const [of, table] of [
    ['cluster', clusters],
    ['connection', connections],
  ] as const) {
    const numbers = async (due: boolean) => {
      const isDue = due ? lte(table.dueTime, clock.now()) : undefined
      const [row] = await reader.db
        .select({ rows: count() })
        .from(table)
        .where(and(isNotNull(table.dueTime), isDue))
      return row?.rows ?? 0
    }
    queues.push({ of, scheduled: await numbers(false), due: await numbers(true) })
  }
  return queues
}
