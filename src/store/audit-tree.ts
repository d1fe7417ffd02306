import { and, asc, desc, eq, gte, lt, sql } from 'drizzle-orm'
import { consistencyPath, inclusionPath, type Range, type Subtree, subtreesOf } from '../audit/tree.ts'
import { Frontier, joinHashes } from '../audit/verifier.mjs'
import { findCheckpoint } from './audit-checkpoints.ts'
import { compiledRead } from './compiled.ts'
import { fixedLimit, insertRow } from './statements.ts'
import type { Session, Store } from './store.ts'

/**
 * Complete subtrees are stored from this level on, and smaller ones hashed anew from their leaves, of which there are
 * at most 2^4: a proof reads no more for it, and an eighth of the rows is written.
 */
export const storedLevel = 4

/** The log in the database is not what was signed. */
export class LogMistrust extends Error {
  override name = 'LogMistrust'
}

/** One place in the log. */
export interface PlacedLeaf {
  entryId: string
  leafHash: Buffer
}

/** How many entries have their place. */
export async function logSize(session: Session): Promise<number> {
  const { auditLeaves } = session.tables
  const newest = compiledRead(session, 'newest leaf', ({ db }) => ({
    columns: { index: auditLeaves.index },
    query: db
      .select({ index: auditLeaves.index })
      .from(auditLeaves)
      .orderBy(desc(auditLeaves.index))
      .limit(fixedLimit(1)),
  }))
  return (newest({})[0]?.index ?? -1) + 1
}

/** What it takes to append to the log, or to begin in its midst, at that size. */
export function frontierAt(session: Session, size: number): Frontier {
  return new Frontier(
    size,
    subtreesOf({ first: 0, end: size }).map((subtree) => subtreeHash(session, subtree)),
  )
}

/** Puts the leaves at the end of the log, and has its frontier go with it. */
export async function appendLeaves(
  session: Session,
  frontier: Frontier,
  leaves: readonly PlacedLeaf[],
): Promise<void> {
  const { auditLeaves, auditNodes } = session.tables
  const nodes: { level: number; index: number; hash: Buffer }[] = []
  for (const leaf of leaves) {
    await insertRow(session, 'audit leaf', auditLeaves, { ...leaf, index: frontier.size })
    frontier.append(leaf.leafHash, (level, index, hash) => {
      if (level >= storedLevel) nodes.push({ level, index, hash })
    })
  }
  for (const node of nodes) await insertRow(session, 'audit node', auditNodes, node)
}

/** The hash of a complete subtree. */
function subtreeHash(session: Session, { level, index }: Subtree): Buffer {
  if (level >= storedLevel) return requireHash(storedHash(session, level, index), level, index)
  const first = index * 2 ** level
  const hashes = leafHashes(session, first, first + 2 ** level)
  const frontier = new Frontier()
  for (const hash of hashes) frontier.append(hash)
  return requireHash(hashes.length === 2 ** level ? frontier.root : undefined, level, index)
}

function requireHash(hash: Buffer | undefined, level: number, index: number): Buffer {
  if (hash) return hash
  throw new LogMistrust(`the audit log lacks the hash of its subtree ${index} of level ${level}`)
}

export function storedHash(session: Session, level: number, index: number): Buffer | undefined {
  const { auditNodes } = session.tables
  const read = compiledRead(session, 'audit node', ({ db }) => ({
    columns: { hash: auditNodes.hash },
    query: db
      .select({ hash: auditNodes.hash })
      .from(auditNodes)
      .where(
        and(eq(auditNodes.level, sql.placeholder('level')), eq(auditNodes.index, sql.placeholder('index'))),
      ),
  }))
  return read({ level, index })[0]?.hash
}

function leafHashes(session: Session, first: number, end: number): Buffer[] {
  const { auditLeaves } = session.tables
  const read = compiledRead(session, 'leaf hashes', ({ db }) => ({
    columns: { leafHash: auditLeaves.leafHash },
    query: db
      .select({ leafHash: auditLeaves.leafHash })
      .from(auditLeaves)
      .where(
        and(gte(auditLeaves.index, sql.placeholder('first')), lt(auditLeaves.index, sql.placeholder('end'))),
      )
      .orderBy(asc(auditLeaves.index)),
  }))
  return read({ first, end }).map(({ leafHash }) => leafHash)
}

function hashesOf(session: Session, path: readonly Range[]): string[] {
  return path.map((range) => {
    const hashes = subtreesOf(range).map((subtree) => subtreeHash(session, subtree))
    return joinHashes(hashes).toString('base64')
  })
}

/** That an entry is in the log, as the API shows it; hashes in base64. */
export interface InclusionProof {
  leafIndex: number
  treeSize: number
  leafHash: string
  hashes: string[]
  /** The signed note over `treeSize` entries. */
  checkpoint: string
}

/** Null until the entry has been given its place. */
export async function findProof({ reader }: Store, entryId: string): Promise<InclusionProof | null> {
  const leaf = await findLeaf(reader, entryId)
  const checkpoint = leaf && (await findCheckpoint(reader))
  if (!checkpoint) return null
  const { index, leafHash } = leaf
  return {
    leafIndex: index,
    treeSize: checkpoint.size,
    leafHash: leafHash.toString('base64'),
    hashes: hashesOf(reader, inclusionPath(index, checkpoint.size)),
    checkpoint: checkpoint.note,
  }
}

/** The hashes that prove that the log of `to` entries begins with that of `from`; both are at most its size. */
export function consistencyHashes({ reader }: Store, from: number, to: number): string[] {
  return hashesOf(reader, consistencyPath(from, to))
}

export async function findLeaf(session: Session, entryId: string) {
  const { auditLeaves } = session.tables
  const columns = { index: auditLeaves.index, leafHash: auditLeaves.leafHash }
  const read = compiledRead(session, 'leaf of entry', ({ db }) => ({
    columns,
    query: db
      .select(columns)
      .from(auditLeaves)
      .where(eq(auditLeaves.entryId, sql.placeholder('entryId'))),
  }))
  return read({ entryId })[0] ?? null
}
