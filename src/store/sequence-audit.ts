import { asc, eq, gt, sql } from 'drizzle-orm'
import { canonicalJson } from '../audit/canonical-json.ts'
import type { Signer } from '../audit/signer.ts'
import { largestBatch, leafHashOf } from '../audit/verifier.mjs'
import { parseObject } from '../cluster/json.ts'
import { insertCheckpoint } from './audit-checkpoints.ts'
import { appendLeaves, findLeaf, type PlacedLeaf } from './audit-tree.ts'
import { compiledRead, compiledWrite } from './compiled.ts'
import { type SignedTree, signedFrontier } from './signed-tree.ts'
import { fixedLimit } from './statements.ts'
import type { Session, Store } from './store.ts'

/** What it came to, to give entries their places. */
export interface Sequenced {
  /** How many have one now. */
  placed: number
  /** What is signed then. */
  signed: SignedTree | null
  /** Entries that stand in the queue, as far as it was read, and can have no place. */
  unplaceable: string[]
}

/** Whether entries wait for their place. */
export async function isQueueEmpty({ reader }: Store): Promise<boolean> {
  return (await nextQueued(reader, '', 1)).length === 0
}

/** What is signed of the log, as far as the database tells. @throws LogMistrust */
export function findSigned(store: Store): Promise<SignedTree> {
  return store.write(async (session) => {
    const { size, root } = await signedFrontier(session, null)
    return { size, root }
  })
}

/**
 * Gives the entries that wait their places in the log, as many as one transaction takes: few enough that no request
 * waits long behind them. `known` is what is known to be signed; see `signedFrontier`. @throws LogMistrust
 */
export function sequenceEntries(store: Store, signer: Signer, known: SignedTree | null): Promise<Sequenced> {
  // One sequencer at a time, as there is one writer at a time on either engine.
  return store.write((session) => sequenceBatch(store, session, signer, known))
}

/** Gives a batch of entries their places, in the order of their ids, and signs a checkpoint over them, in the caller's transaction. */
async function sequenceBatch(
  store: Store,
  session: Session,
  signer: Signer,
  known: SignedTree | null,
): Promise<Sequenced> {
  const { leaves, unplaceable } = await nextLeaves(session)
  if (leaves.length === 0) return { placed: 0, signed: known, unplaceable }
  const frontier = await signedFrontier(session, known)
  await appendLeaves(session, frontier, leaves)
  for (const { entryId } of leaves) await dequeue(session, entryId)
  const { size, root } = frontier
  await insertCheckpoint(session, { size, time: store.clock.now(), note: signer.checkpoint(size, root) })
  session.announce('sequenced', 'log')
  return { placed: leaves.length, signed: { size, root }, unplaceable }
}

/** Gives all that waits its place, batch by batch, in the caller's transaction. Answers what is signed then. */
export async function sequenceAll(
  store: Store,
  session: Session,
  signer: Signer,
  known: SignedTree | null,
): Promise<SignedTree | null> {
  let sequenced: Sequenced
  let signed = known
  do {
    sequenced = await sequenceBatch(store, session, signer, signed)
    signed = sequenced.signed
  } while (sequenced.placed > 0)
  return signed
}

/**
 * The leaves of the next batch. What stands in the queue and can be none is passed over, and stays for somebody to look
 * at: only whoever writes the tables can have put it there, and must not hold up the log by it.
 */
async function nextLeaves(session: Session): Promise<{ leaves: PlacedLeaf[]; unplaceable: string[] }> {
  const leaves: PlacedLeaf[] = []
  const unplaceable: string[] = []
  for (let after = ''; ; ) {
    const page = await nextQueued(session, after, largestBatch)
    for (const queued of page) {
      after = queued.entryId
      const leafHash = await hashToPlace(session, queued)
      if (leafHash) leaves.push({ entryId: queued.entryId, leafHash })
      else unplaceable.push(queued.entryId)
      if (leaves.length === largestBatch) return { leaves, unplaceable }
    }
    if (page.length < largestBatch) return { leaves, unplaceable }
  }
}

interface Queued {
  entryId: string
  leafHash: Buffer | null
}

function nextQueued(session: Session, after: string, limit: number): Queued[] | Promise<Queued[]> {
  const { auditQueue: t } = session.tables
  const columns = { entryId: t.entryId, leafHash: t.leafHash }
  const next = compiledRead(session, `audit queue ${limit}`, ({ db }) => ({
    columns,
    query: db
      .select(columns)
      .from(t)
      .where(gt(t.entryId, sql.placeholder('after')))
      .orderBy(asc(t.entryId))
      .limit(fixedLimit(limit)),
  }))
  return next({ after })
}

async function dequeue(session: Session, entryId: string): Promise<void> {
  const { auditQueue: t } = session.tables
  const remove = compiledWrite(session, 'dequeue', ({ db }) =>
    db.delete(t).where(eq(t.entryId, sql.placeholder('entryId'))),
  )
  await remove({ entryId })
}

/** What an export and a receipt can name. */
const entryIdPattern = /^aud_\w{1,60}$/

/** The hash under which it is given its place; null where it cannot have one. */
async function hashToPlace(session: Session, { entryId, leafHash }: Queued): Promise<Buffer | null> {
  if (!entryIdPattern.test(entryId) || (await findLeaf(session, entryId))) return null
  if (leafHash === null) return adoptEntry(session, entryId)
  return leafHash.length === 32 ? leafHash : null
}

/** An entry that was written before there was a log: it becomes a leaf as it is now. Answers its leaf hash; null if there is none. */
async function adoptEntry({ db, tables }: Session, id: string): Promise<Buffer | null> {
  const { auditEntries: t } = tables
  const [row] = await db.select({ document: t.document }).from(t).where(eq(t.id, id))
  const entry = row && parseObject(row.document)
  if (!entry) return null
  const document = canonicalJson(entry)
  await db.update(t).set({ document }).where(eq(t.id, id))
  return leafHashOf(document)
}
