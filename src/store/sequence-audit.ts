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
export async function isQueueEmpty({ reader }: Store): Promise<boolean> {
  return (await nextQueued(reader, 1)).length === 0
}

/**
 * Gives the entries that wait their places in the log, in the order of their ids, and signs a checkpoint over them, all
 * in one transaction. Answers how many; more may wait.
 */
export function sequenceEntries(store: Store, signer: Signer): Promise<number> {
  // One sequencer at a time, as there is one writer at a time on either engine.
  return store.write(async (session) => {
    const queued = await nextQueued(session, batchSize)
    if (queued.length === 0) return 0
    const size = await logSize(session)
    const leaves: PlacedLeaf[] = []
    for (const { entryId, leafHash } of queued) {
      leaves.push({ entryId, leafHash: leafHash ?? (await adoptEntry(session, entryId)) })
      await dequeue(session, entryId)
    }
    const frontier = await appendLeaves(session, size, leaves)
    const note = signer.checkpoint(frontier.size, frontier.root)
    await insertCheckpoint(session, { size: frontier.size, time: store.clock.now(), note })
    session.announce('sequenced', 'log')
    return queued.length
  })
}

function nextQueued(session: Session, limit: number) {
  const { auditQueue: t } = session.tables
  const columns = { entryId: t.entryId, leafHash: t.leafHash }
  const next = compiledRead(session, `audit queue ${limit}`, ({ db }) => ({
    columns,
    query: db.select(columns).from(t).orderBy(asc(t.entryId)).limit(fixedLimit(limit)),
  }))
  return next({})
}

async function dequeue(session: Session, entryId: string): Promise<void> {
  const { auditQueue: t } = session.tables
  const remove = compiledWrite(session, 'dequeue', ({ db }) =>
    db.delete(t).where(eq(t.entryId, sql.placeholder('entryId'))),
  )
  await remove({ entryId })
}

/** An entry that was written before there was a log: it becomes a leaf as it is now. Answers its leaf hash. */
async function adoptEntry({ db, tables }: Session, id: string): Promise<Buffer> {
  const { auditEntries: t } = tables
  const [row] = await db.select({ document: t.document }).from(t).where(eq(t.id, id))
  const document = canonicalJson(JSON.parse(row?.document ?? 'null'))
  await db.update(t).set({ document }).where(eq(t.id, id))
  return leafHashOf(document)
}
