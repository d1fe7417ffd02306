import { asc, eq, sql } from 'drizzle-orm'
import { canonicalJson } from '../audit/canonical-json.ts'
import type { Signer } from '../audit/signer.ts'
import { leafHashOf } from '../audit/verifier.mjs'
import { insertCheckpoint } from './audit-checkpoints.ts'
import { appendLeaves, logSize, type PlacedLeaf } from './audit-tree.ts'
import { compiledRead, compiledWrite } from './compiled.ts'
import { fixedLimit } from './statements.ts'
import type { Session, Store } from './store.ts'

/** Entries that are given their places in one transaction: few enough that no request waits long behind them. */
const batchSize = 256

/** Whether entries wait for their place. */
export function isQueueEmpty({ reader }: Store): boolean {
  return nextQueued(reader, 1).length === 0
}

/**
 * Gives the entries that wait their places in the log, in the order of their ids, and signs a checkpoint over them, all
 * in one transaction. Answers how many; more may wait.
 */
export async function sequenceEntries(store: Store, signer: Signer): Promise<number> {
  const count = await store.write(async (session) => {
    await takeSequencerLock(session)
    const queued = nextQueued(session, batchSize)
    if (queued.length === 0) return 0
    const size = await logSize(session)
    const leaves: PlacedLeaf[] = []
    for (const { entryId, leafHash } of queued) {
      leaves.push({ entryId, leafHash: leafHash ?? (await adoptEntry(session, entryId)) })
      dequeue(session, entryId)
    }
    const frontier = await appendLeaves(session, size, leaves)
    const note = signer.checkpoint(frontier.size, frontier.root)
    await insertCheckpoint(session, { size: frontier.size, time: store.clock.now(), note })
    return queued.length
  })
  if (count > 0) store.events.emit('sequenced', 'log')
  return count
}

/**
 * One sequencer at a time. A transaction that writes to SQLite has the whole database; on an engine where it has not,
 * this must take a lock that ends with the transaction.
 */
async function takeSequencerLock(_session: Session): Promise<void> {}

function nextQueued(session: Session, limit: number) {
  const { auditQueue: t } = session.tables
  const columns = { entryId: t.entryId, leafHash: t.leafHash }
  const next = compiledRead(session, `audit queue ${limit}`, ({ db }) => ({
    columns,
    query: db.select(columns).from(t).orderBy(asc(t.entryId)).limit(fixedLimit(limit)),
  }))
  return next({})
}

function dequeue(session: Session, entryId: string): void {
  const { auditQueue: t } = session.tables
  const remove = compiledWrite(session, 'dequeue', ({ db }) =>
    db.delete(t).where(eq(t.entryId, sql.placeholder('entryId'))),
  )
  remove({ entryId })
}

/** An entry that was written before there was a log: it becomes a leaf as it is now. Answers its leaf hash. */
async function adoptEntry({ db, tables }: Session, id: string): Promise<Buffer> {
  const { auditEntries: t } = tables
  const [row] = await db.select({ document: t.document }).from(t).where(eq(t.id, id))
  const document = canonicalJson(JSON.parse(row?.document ?? 'null'))
  await db.update(t).set({ document }).where(eq(t.id, id))
  return leafHashOf(document)
}
