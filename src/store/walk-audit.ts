import { and, asc, eq, gte, inArray, lt, max, min } from 'drizzle-orm'
import { checkpointsFrom } from './audit-checkpoints.ts'
import type { Session } from './store.ts'

/** A leaf of the log, and its entry where that is still there. */
export interface WalkedLeaf {
  index: number
  entryId: string
  leafHash: Buffer
  entry: WalkedEntry | null
}

export type WalkedEntry = Session['tables']['auditEntries']['$inferSelect']

export type Walked = { leaf: WalkedLeaf } | { checkpoint: string }

const pageSize = 500

/**
 * The log from an index on, leaf by leaf, each checkpoint right after the last leaf that it covers, and that over all
 * before the first leaf, if there is one, before it. Holds a page at a time.
 */
export async function* walkLog(session: Session, first: number): AsyncGenerator<Walked> {
  const checkpoints = walkCheckpoints(session, first)
  let next = await checkpoints.next()
  async function* upTo(size: number): AsyncGenerator<Walked> {
    for (; !next.done && next.value.size <= size; next = await checkpoints.next()) {
      yield { checkpoint: next.value.note }
    }
  }
  yield* upTo(first)
  for await (const leaf of walkLeaves(session, first)) {
    yield { leaf }
    yield* upTo(leaf.index + 1)
  }
  // Those over more than there is.
  yield* upTo(Number.POSITIVE_INFINITY)
}

async function* walkCheckpoints(session: Session, from: number) {
  for (let size = from; ; ) {
    const page = await checkpointsFrom(session, size, pageSize)
    yield* page
    const last = page.at(-1)
    if (!last || page.length < pageSize) return
    size = last.size + 1
  }
}

async function* walkLeaves(session: Session, from: number): AsyncGenerator<WalkedLeaf> {
  const { db, tables } = session
  const { auditLeaves: leaves, auditEntries: entries } = tables
  for (let first = from; ; ) {
    const page = await db
      .select()
      .from(leaves)
      .where(gte(leaves.index, first))
      .orderBy(asc(leaves.index))
      .limit(pageSize)
    const ids = page.map(({ entryId }) => entryId)
    const found = await db.select().from(entries).where(inArray(entries.id, ids))
    const byId = new Map(found.map((entry) => [entry.id, entry]))
    for (const leaf of page) yield { ...leaf, entry: byId.get(leaf.entryId) ?? null }
    const last = page.at(-1)
    if (!last || page.length < pageSize) return
    first = last.index + 1
  }
}

/** The indexes of the entries that were written from `from` on and before `to` (epoch milliseconds); null for none. */
export async function indexesBetween(
  { db, tables }: Session,
  from: number,
  to: number,
): Promise<{ first: number; end: number } | null> {
  const { auditLeaves: leaves, auditEntries: entries } = tables
  const within = and(gte(entries.time, from), lt(entries.time, to))
  const [range] = await db
    .select({ first: min(leaves.index), last: max(leaves.index) })
    .from(entries)
    .innerJoin(leaves, eq(leaves.entryId, entries.id))
    .where(within)
  const { first = null, last = null } = range ?? {}
  return first === null || last === null ? null : { first, end: last + 1 }
}
