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
  const [leaf] = await newest({})
  return (leaf?.index ?? -1) + 1
}

/** What it takes to append to the log, or to begin in its midst, at that size. */
export async function frontierAt(session: Session, size: number): Promise<Frontier> {
  return new Frontier(size, await subtreeHashes(session, { first: 0, end: size }))
}

async function subtreeHashes(session: Session, range: Range): Promise<Buffer[]> {
  const hashes: Buffer[] = []
  for (const subtree of subtreesOf(range)) hashes.push(await subtreeHash(session, subtree))
  return hashes
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
async function subtreeHash(session: Session, { level, index }: Subtree): Promise<Buffer> {
  if (level >= storedLevel) return requireHash(await storedHash(session, level, index), level, index)
  const first = index * 2 ** level
  const hashes = await leafHashes(session, first, first + 2 ** level)
  const frontier = new Frontier()
  for (const hash of hashes) frontier.append(hash)
  return requireHash(hashes.length === 2 ** level ? frontier.root : undefined, level, index)
}

function requireHash(hash: Buffer | undefined, level: number, index: number): Buffer {
  if (hash) return hash
  throw new LogMistrust(`the audit log lacks the hash of its subtree ${index} of level ${level}`)
}

export async function storedHash(
  session: Session,
  level: number,
  index: number,
): Promise<Buffer | undefined> {
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
  const [node] = await read({ level, index })
  return node?.hash
}

async function leafHashes(session: Session, first: number, end: number): Promise<Buffer[]> {
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
  return (await read({ first, end })).map(({ leafHash }) => leafHash)
}

async function hashesOf(session: Session, path: readonly Range[]): Promise<string[]> {
  const joined: string[] = []
  for (const range of path) joined.push(joinHashes(await subtreeHashes(session, range)).toString('base64'))
  return joined
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
    hashes: await hashesOf(reader, inclusionPath(index, checkpoint.size)),
    checkpoint: checkpoint.note,
  }
}

/** The hashes that prove that the log of `to` entries begins with that of `from`; both are at most its size. */
export function consistencyHashes({ reader }: Store, from: number, to: number): Promise<string[]> {
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
  const [leaf] = await read({ entryId })
  return leaf ?? null
}
