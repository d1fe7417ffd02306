import { asc, desc, eq, gte } from 'drizzle-orm'
import { sequencerActor } from '../cluster/actor.ts'
import type { Change } from '../cluster/json.ts'
import { recordAudit, removeEntries } from './audit-entries.ts'
import type { Session, Store } from './store.ts'

const batchSize = 500

/**
 * Removes entries that were written before `cutoff` (epoch milliseconds), oldest first; their places and leaf hashes
 * stay. The entry that says so goes with them in one transaction: it is what tells pruning from deletion. Answers how
 * many were removed; there may be more.
 */
export function pruneEntries(store: Store, cutoff: number): Promise<number> {
  return store.write(async (session) => {
    const from = await prunedBefore(session)
    const expired = await expiredLeaves(session, from, cutoff)
    const last = expired.at(-1)
    if (!last) return 0
    await removeEntries(
      session,
      expired.map(({ entryId }) => entryId),
    )
    const who = {
      actor: sequencerActor,
      requestId: store.newId('req'),
      context: { ip: null, userAgent: null, interface: 'sequencer' },
    } as const
    await recordAudit(store, session, who, {
      action: 'audit.prune',
      outcome: 'SUCCESS',
      targets: [{ type: 'gateway', id: 'gateway', displayName: 'clustergate' }],
      team: null,
      changes: [
        { path: '/prunedBefore', before: from, after: last.index + 1 },
        { path: '/prunedEntries', before: null, after: expired.length },
      ],
    })
    return expired.length
  })
}

/** The index before which entries have been pruned, as the log itself tells. */
async function prunedBefore({ db, tables }: Session): Promise<number> {
  const { auditEntries: t } = tables
  const [latest] = await db
    .select({ document: t.document })
    .from(t)
    .where(eq(t.action, 'audit.prune'))
    .orderBy(desc(t.time), desc(t.id))
    .limit(1)
  if (!latest) return 0
  const { changes } = JSON.parse(latest.document) as { changes: Change[] }
  return Number(changes.find(({ path }) => path === '/prunedBefore')?.after ?? 0)
}

/** From the index on, as far as they are older without a gap, so that what was pruned is always a beginning of the log. */
async function expiredLeaves({ db, tables }: Session, from: number, cutoff: number) {
  const { auditLeaves, auditEntries } = tables
  const leaves = await db
    .select({ index: auditLeaves.index, entryId: auditLeaves.entryId, time: auditEntries.time })
    .from(auditLeaves)
    .leftJoin(auditEntries, eq(auditEntries.id, auditLeaves.entryId))
    .where(gte(auditLeaves.index, from))
    .orderBy(asc(auditLeaves.index))
    .limit(batchSize)
  const young = leaves.findIndex(({ time }) => time !== null && time >= cutoff)
  const expired = young < 0 ? leaves : leaves.slice(0, young)
  // One that is gone already is passed over only where an older one that is still there follows it.
  return expired.slice(0, expired.findLastIndex(({ time }) => time !== null) + 1)
}
