import { asc, desc, eq, gte } from 'drizzle-orm'
import type { Signer } from '../audit/signer.ts'
import { sequencerItself } from '../cluster/actor.ts'
import type { Change } from '../cluster/json.ts'
import { recordAudit, removeEntries } from './audit-entries.ts'
import { sequenceAll } from './sequence-audit.ts'
import type { SignedTree } from './signed-tree.ts'
import type { Session, Store } from './store.ts'

const batchSize = 500

/** What a pruning came to. */
export interface Pruned {
  /** How many entries were removed; there may be more to remove. */
  entries: number
  signed: SignedTree | null
}

/**
 * Removes entries that were written before `cutoff` (epoch milliseconds), oldest first; their places and leaf hashes
 * stay. The entry that says so is what tells pruning from deletion, so that it is given its place in the same
 * transaction, and with it all that waits for one.
 */
export function pruneEntries(
  store: Store,
  cutoff: number,
  signer: Signer,
  known: SignedTree | null,
): Promise<Pruned> {
  return store.write(async (session) => {
    const from = await prunedBefore(session)
    const expired = await expiredLeaves(session, from, cutoff)
    const last = expired.at(-1)
    if (!last) return { entries: 0, signed: known }
    const ids = expired.map(({ entryId }) => entryId)
    await removeEntries(session, ids)
    await recordPruning(store, session, { from, before: last.index + 1, entries: ids.length })
    return { entries: ids.length, signed: await sequenceAll(store, session, signer, known) }
  })
}

async function recordPruning(
  store: Store,
  session: Session,
  { from, before, entries }: { from: number; before: number; entries: number },
): Promise<void> {
  const who = sequencerItself(store.newId('req'))
  await recordAudit(store, session, who, {
    action: 'audit.prune',
    outcome: 'SUCCESS',
    targets: [{ type: 'gateway', id: 'gateway', displayName: 'clustergate' }],
    team: null,
    changes: [
      { path: '/prunedBefore', before: from, after: before },
      { path: '/prunedEntries', before: null, after: entries },
    ],
  })
}

/** The index before which entries have been pruned, as the log itself tells, in an entry that comes after them. */
async function prunedBefore({ db, tables }: Session): Promise<number> {
  const { auditEntries: t, auditLeaves } = tables
  const [latest] = await db
    .select({ document: t.document, index: auditLeaves.index })
    .from(t)
    .innerJoin(auditLeaves, eq(auditLeaves.entryId, t.id))
    .where(eq(t.action, 'audit.prune'))
    .orderBy(desc(t.time), desc(t.id))
    .limit(1)
  if (!latest) return 0
  const { changes } = JSON.parse(latest.document) as { changes: Change[] }
  const before = Number(changes.find(({ path }) => path === '/prunedBefore')?.after ?? 0)
  return Math.min(before, latest.index)
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
