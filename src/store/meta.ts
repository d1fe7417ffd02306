import { eq } from 'drizzle-orm'
import type { Session, Store } from './store.ts'

/** Under which the sealed canary is kept. */
export const canaryKey = 'canary'

/** Under which is kept since when every version of every cluster is. */
export const versionsSinceKey = 'versions_since'

/** The sealed canary of this database, or null before the first start. */
export async function findCanary(store: Store): Promise<string | null> {
  const { meta } = store.reader.tables
  const [row] = await store.reader.db.select().from(meta).where(eq(meta.key, canaryKey))
  return row?.value ?? null
}

export async function putCanary({ db, tables }: Session, sealed: string): Promise<void> {
  await db.insert(tables.meta).values({ key: canaryKey, value: sealed })
}
