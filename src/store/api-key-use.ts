import { eq } from 'drizzle-orm'
import type { Store } from './store.ts'

/** Notes when and from where a key was last used. It changes nothing that anybody could act on, and so has no entry. */
export function noteApiKeyUse(
  store: Store,
  id: string,
  use: { lastUsedTime: number; lastUsedIp: string | null },
): Promise<void> {
  return store.write(async ({ db, tables: { apiKeys } }) => {
    await db.update(apiKeys).set(use).where(eq(apiKeys.id, id))
  })
}
