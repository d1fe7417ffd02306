import { and, asc, eq, isNull } from 'drizzle-orm'
import { type Finding, LogCheck, leafHashOf, readVerifierKey, type VerifierKey } from '../audit/verifier.mjs'
import type { AuditEntry } from '../cluster/audit.ts'
import { isJsonObject, parseObject } from '../cluster/json.ts'
import { isFoundByTargets, searchedColumns } from './audit-entries.ts'
import { listVerifierKeys } from './audit-keys.ts'
import { storedHash, storedLevel } from './audit-tree.ts'
import type { Session } from './store.ts'
import { findForeignTargets, findSearchFindings, targetIdsOf } from './verify-finding.ts'
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
  let completed: { level: number; index: number; hash: Buffer }[] = []
  check.completed = (level, index, hash) => {
    if (level >= storedLevel) completed.push({ level, index, hash })
  }
  let targets = 0
  for await (const walked of walkLog(session, 0)) {
    if ('checkpoint' in walked) check.checkpoint(walked.checkpoint)
    else targets += await checkLeaf(session, check, walked.leaf)
    for (const { level, index, hash } of completed) {
      const stored = await storedHash(session, level, index)
      if (!stored?.equals(hash)) nodes.push(`${index} of level ${level}`)
    }
    completed = []
  }
  if (nodes.length > 0 && !check.broken) check.find(changedNodes(nodes))
  for (const finding of await findStrays(session)) check.find(finding)
  const waiting = await checkQueue(session, check)
  for (const finding of await findForeignTargets(session, targets + waiting.targets)) check.find(finding)
  for (const finding of await findSearchFindings(session)) check.find(finding)
  return { ...check.finish(), waiting: waiting.entries, keysPinned: known.keys !== undefined }
}

/** Answers by how many things the entry is to be found. */
async function checkLeaf(
  session: Session,
  check: LogCheck,
  { index, entryId, leafHash, entry }: WalkedLeaf,
): Promise<number> {
  const computed = entry && leafHashOf(entry.document)
  check.leaf(index, entryId, leafHash, computed, () => entry?.document ?? '')
  if (!entry) return 0
  const targets = targetIdsOf(entry.document)
  // Where the document was edited, that is told already.
  const isAsLogged = computed?.equals(leafHash) === true
  if (!isAsLogged || (columnsFit(entry) && (await isFoundByTargets(session, entry, targets)))) {
    return targets.size
  }
  const text = `${entryId} (index ${index}) was edited: the columns by which it is found no longer say what it says.`
  check.find({ kind: 'edited', index, entry: entryId, text })
  return targets.size
}

function columnsFit(row: WalkedEntry): boolean {
  const entry = parseObject(row.document)
  if (!isJsonObject(entry?.actor)) return false
  const time = Date.parse(String(entry.time))
  const columns = searchedColumns({ ...(entry as unknown as AuditEntry), time })
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

/**
 * Entries that wait for their place must be there, as they were written, and have none yet. Answers how many wait, and
 * by how many things they are to be found.
 */
async function checkQueue(
  { db, tables }: Session,
  check: LogCheck,
): Promise<{ entries: number; targets: number }> {
  const { auditEntries, auditLeaves, auditQueue } = tables
  const queued = await db
    .select({
      id: auditQueue.entryId,
      hash: auditQueue.leafHash,
      document: auditEntries.document,
      place: auditLeaves.index,
    })
    .from(auditQueue)
    .leftJoin(auditEntries, eq(auditEntries.id, auditQueue.entryId))
    .leftJoin(auditLeaves, eq(auditLeaves.entryId, auditQueue.entryId))
  let targets = 0
  for (const { id, hash, document, place } of queued) {
    if (place !== null) {
      const text = `${id} has its place at index ${place}, and waits for another one: its row in audit_queue was inserted.`
      check.find({ kind: 'inserted', index: place, entry: id, text })
      continue
    }
    targets += targetIdsOf(document ?? '').size
    if (document === null) {
      const text = `${id}, which waits for its place in the log, was deleted.`
      check.find({ kind: 'deleted', entry: id, text })
    } else if (hash ? !hash.equals(leafHashOf(document)) : parseObject(document) === null) {
      const text = `${id}, which waits for its place in the log, was edited.`
      check.find({ kind: 'edited', entry: id, text })
    } else if (hash) check.heed(null, id, hash, hash)
  }
  return { entries: queued.length, targets }
}
