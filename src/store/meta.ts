import { eq } from 'drizzle-orm'
import type { Store } from './store.ts'

const canaryKey = 'canary'

/** The sealed canary of this database, or null before the first start. */
export async function findCanary(store: Store): Promise<string | null> {
  const { meta } = store.reader.tables
  const [row] = await store.reader.db.select().from(meta).where(eq(meta.key, canaryKey))
  return row?.value ?? null
}

/** Keeps the canary of a new database. Of processes that start together the first one's stays. */
export function putCanary(store: Store, sealed: string): Promise<void> {
  return store.write(async ({ db, tables }) => {
    await db.insert(tables.meta).values({ key: canaryKey, value: sealed }).onConflictDoNothing()
  })
}
