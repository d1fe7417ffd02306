import { eq } from 'drizzle-orm'
import { versionsSinceKey } from './meta.ts'
import type { Session, Store } from './store.ts'

/** The first instant of which it is known what every cluster was. */
export async function earliestInstant(session: Session): Promise<number> {
  const { meta } = session.tables
  const find = session.prepared('versions since', ({ db }) =>
    db.select({ value: meta.value }).from(meta).where(eq(meta.key, versionsSinceKey)).prepare(),
  )
  const [row] = await find.execute()
  return Number(row?.value ?? Number.POSITIVE_INFINITY)
}

/** From now on, where it is not known since when. Of what was before the first start that kept versions nothing is known. */
export async function beginHistory(store: Store): Promise<void> {
  await store.write(async ({ db, tables: { meta } }) => {
    await db
      .insert(meta)
      .values({ key: versionsSinceKey, value: String(store.clock.now()) })
      .onConflictDoNothing()
  })
}

/** Longer than any transaction takes from reading the clock to its commit. */
const settlingMs = 10_000

/**
 * Resolves when all is on disk that was done until then: what is asked about the last moments must not be answered
 * otherwise when it is asked again. Where nothing can be written nothing changes either.
 */
export async function settled(store: Store, at: number): Promise<void> {
  if (at < store.clock.now() - settlingMs) return
  await store.write(async () => {}).catch(() => {})
}
