import { and, asc, count, eq, isNotNull, lte } from 'drizzle-orm'
import { everyTeam } from '../cluster/actor.ts'
import { clusterStates } from '../cluster/cluster.ts'
import type { Store } from './store.ts'
import { summarizeClusters } from './summarize-clusters.ts'

export interface StateCount {
  provider: string
  state: string
  total: number
}

/**
 * How many clusters there are in each state at each provider that has any, exactly: from the counts that are kept for
 * summaries, in the transaction of each change, so that telling them reads no cluster.
 */
export async function readStateCounts({ reader }: Store): Promise<StateCount[]> {
  const groupBy = [{ name: 'provider' }, { name: 'state' }] as const
  const summary = await summarizeClusters(reader, { visibleTeams: everyTeam, conditions: [], groupBy })
  const totals = new Map<string, Map<string, number>>()
  for (const { values, count: total } of summary?.groups ?? []) {
    const [provider, state] = values.map(String)
    const known = totals.get(`${provider}`) ?? new Map<string, number>()
    totals.set(`${provider}`, known.set(`${state}`, total))
  }
  return [...totals].flatMap(([provider, byState]) =>
    clusterStates.map((state) => ({ provider, state, total: byState.get(state) ?? 0 })),
  )
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

/** For how many milliseconds the oldest entry in the queue of the audit log has been there; 0 where there is none. */
export async function readOldestWaiting({ reader, clock }: Store): Promise<number> {
  const { auditQueue, auditEntries } = reader.tables
  const [oldest] = await reader.db
    .select({ time: auditEntries.time })
    .from(auditQueue)
    .innerJoin(auditEntries, eq(auditEntries.id, auditQueue.entryId))
    .orderBy(asc(auditQueue.entryId))
    .limit(1)
  return oldest ? Math.max(0, clock.now() - oldest.time) : 0
}
