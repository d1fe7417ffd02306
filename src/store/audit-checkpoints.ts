import { asc, desc, gte } from 'drizzle-orm'
import { compiledRead } from './compiled.ts'
import { fixedLimit, insertRow } from './statements.ts'
import type { Session } from './store.ts'

export interface StoredCheckpoint {
  /** Entries that it covers. */
  size: number
  /** The signed note. */
  note: string
}

/** The latest; null before the first. */
export async function findCheckpoint(session: Session): Promise<StoredCheckpoint | null> {
  const { auditCheckpoints: t } = session.tables
  const columns = { size: t.size, note: t.note }
  const latest = compiledRead(session, 'latest checkpoint', ({ db }) => ({
    columns,
    query: db.select(columns).from(t).orderBy(desc(t.size)).limit(fixedLimit(1)),
  }))
  const [checkpoint] = await latest({})
  return checkpoint ?? null
}

export async function insertCheckpoint(
  session: Session,
  checkpoint: StoredCheckpoint & { time: number },
): Promise<void> {
  await insertRow(session, 'audit checkpoint', session.tables.auditCheckpoints, checkpoint)
}

/** Some checkpoints over at least so many entries, smallest first. */
export async function checkpointsFrom(
  { db, tables: { auditCheckpoints: t } }: Session,
  size: number,
  limit: number,
): Promise<StoredCheckpoint[]> {
  return db
    .select({ size: t.size, note: t.note })
    .from(t)
    .where(gte(t.size, size))
    .orderBy(asc(t.size))
    .limit(limit)
}
