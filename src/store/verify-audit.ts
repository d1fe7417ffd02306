import { and, asc, eq, isNull } from 'drizzle-orm'
import { type Finding, LogCheck, leafHashOf, readVerifierKey, type VerifierKey } from '../audit/verifier.mjs'
import type { AuditEntry } from '../cluster/audit.ts'
import { isFoundByTargets, searchedColumns } from './audit-entries.ts'
import { listVerifierKeys } from './audit-keys.ts'
import { storedHash, storedLevel } from './audit-tree.ts'
import type { Session } from './store.ts'
import { type WalkedEntry, type WalkedLeaf, walkLog } from './walk-audit.ts'

/** What is known of the log from elsewhere. */
export interface Known {
  /** The keys that are trusted; left out, those that the database itself names. */
  keys?: readonly VerifierKey[]
  /** Receipts and checkpoints that were kept elsewhere. */
  receipts?: readonly { entry: string; digest: string }[]
  held?: readonly string[]
}

/** Checks the whole log against itself, its checkpoints, and what is known of it from elsewhere. Reads only. */
export async function verifyLog(session: Session, known: Known = {}) {
  const keys = known.keys ?? (await listVerifierKeys(session)).map(readVerifierKey)
  const check = new LogCheck({ keys, receipts: known.receipts ?? [], held: known.held ?? [] })
  const nodes: string[] = []
  check.completed = (level, index, hash) => {
    const differs = level >= storedLevel && !storedHash(session, level, index)?.equals(hash)
    if (differs) nodes.push(`${index} of level ${level}`)
  }
  for await (const walked of walkLog(session, 0)) {
    if ('checkpoint' in walked) check.checkpoint(walked.checkpoint)
    else await checkLeaf(session, check, walked.leaf)
  }
  if (nodes.length > 0 && !check.broken) check.find(changedNodes(nodes))
  for (const finding of await findStrays(session)) check.find(finding)
  const waiting = await checkQueue(session, check)
  return { ...check.finish(), waiting, keysPinned: known.keys !== undefined }
}

async function checkLeaf(
  session: Session,
  check: LogCheck,
  { index, entryId, leafHash, entry }: WalkedLeaf,
): Promise<void> {
  const computed = entry && leafHashOf(entry.document)
  check.leaf(index, entryId, leafHash, computed, () => entry?.document ?? '')
  // Where the document was edited, that is told already.
  if (!entry || !computed?.equals(leafHash)) return
  if (columnsFit(entry) && (await isFoundByTargets(session, entry))) return
  const text = `${entryId} (index ${index}) was edited: the columns by which it is found no longer say what it says.`
  check.find({ kind: 'edited', index, entry: entryId, text })
}

function columnsFit(row: WalkedEntry): boolean {
  const entry = JSON.parse(row.document) as Omit<AuditEntry, 'time'> & { time: string }
  const columns = searchedColumns({ ...entry, time: Date.parse(entry.time) })
  return Object.entries(columns).every(([name, value]) => row[name as keyof typeof columns] === value)
}

function changedNodes(nodes: readonly string[]): Finding {
  const text = `Stored hashes of the tree are missing or were changed (${nodes.length}, the first is ${nodes[0]}): the entries are as they were, but proofs made from these will not hold.`
  return { kind: 'changed', text }
}

/** Entries that have no place in the log and do not wait for one. */
async function findStrays({ db, tables }: Session): Promise<Finding[]> {
  const { auditEntries, auditLeaves, auditQueue } = tables
  const strays = await db
    .select({ id: auditEntries.id })
    .from(auditEntries)
    .leftJoin(auditLeaves, eq(auditLeaves.entryId, auditEntries.id))
    .leftJoin(auditQueue, eq(auditQueue.entryId, auditEntries.id))
    .where(and(isNull(auditLeaves.entryId), isNull(auditQueue.entryId)))
    .orderBy(asc(auditEntries.id))
  return strays.map(({ id }) => {
    const text = `${id} is among the entries and was never logged: it was inserted.`
    return { kind: 'inserted', entry: id, text }
  })
}

/** Entries that wait for their place must be there, as they were written. Answers how many wait. */
async function checkQueue({ db, tables }: Session, check: LogCheck): Promise<number> {
  const { auditEntries, auditQueue } = tables
  const queued = await db
    .select({ id: auditQueue.entryId, hash: auditQueue.leafHash, document: auditEntries.document })
    .from(auditQueue)
    .leftJoin(auditEntries, eq(auditEntries.id, auditQueue.entryId))
  for (const { id, hash, document } of queued) {
    if (document === null) {
      const text = `${id}, which waits for its place in the log, was deleted.`
      check.find({ kind: 'deleted', entry: id, text })
    } else if (hash && !hash.equals(leafHashOf(document))) {
      const text = `${id}, which waits for its place in the log, was edited.`
      check.find({ kind: 'edited', entry: id, text })
    } else if (hash) check.heed(null, id, hash, hash)
  }
  return queued.length
}
