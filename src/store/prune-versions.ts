import { asc, eq, inArray, lte } from 'drizzle-orm'
import { sequencerItself } from '../cluster/actor.ts'
import { toRfc3339 } from '../cluster/clock.ts'
import { recordAudit } from './audit-entries.ts'
import { versionsSinceKey } from './meta.ts'
import { earliestInstant } from './past-instants.ts'
import type { Store } from './store.ts'

const batchSize = 500

/**
 * Removes versions of clusters that held no more at `cutoff` (epoch milliseconds), oldest first, and moves the first
 * instant that can be asked about with them, in one transaction with the entry that says so. Answers how many were
 * removed; there may be more.
 */
export function pruneVersions(store: Store, cutoff: number): Promise<number> {
  return store.write(async (session) => {
    const { clusterVersions: t, meta } = session.tables
    const expired = await session.db
      .select({ key: t.key, validUntil: t.validUntil })
      .from(t)
      .where(lte(t.validUntil, cutoff))
      .orderBy(asc(t.validUntil), asc(t.key))
      .limit(batchSize)
    const last = expired.at(-1)
    if (!last) return 0
    const keys = expired.map(({ key }) => key)
    await session.db.delete(t).where(inArray(t.key, keys))
    const before = await earliestInstant(session)
    const after = Math.max(before, last.validUntil)
    await session.db
      .update(meta)
      .set({ value: String(after) })
      .where(eq(meta.key, versionsSinceKey))
    const who = sequencerItself(store.newId('req'))
    await recordAudit(store, session, who, {
      action: 'cluster.prune-versions',
      outcome: 'SUCCESS',
      targets: [{ type: 'gateway', id: 'gateway', displayName: 'clustergate' }],
      team: null,
      changes: [
        { path: '/earliestTime', before: toRfc3339(before), after: toRfc3339(after) },
        { path: '/prunedVersions', before: null, after: expired.length },
      ],
    })
    return expired.length
  })
}
