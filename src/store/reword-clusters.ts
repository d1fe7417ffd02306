import { asc, eq, gt } from 'drizzle-orm'
import { indexWords, sameWords, searchedWords } from './cluster-words.ts'
import type { Session, Store } from './store.ts'

/** Whose value says how the words of all clusters were made. */
const metaKey = 'cluster-words'

/** To be counted up by whoever changes what `searchedWords` makes of a cluster. */
const making = '1'

const atOnce = 500

/** Makes the words of all clusters anew, once, where SQL or an earlier build made others of them than would be made now. */
export async function rewordClusters(store: Store): Promise<void> {
  const { db, tables } = store.reader
  const [made] = await db.select().from(tables.meta).where(eq(tables.meta.key, metaKey))
  if (made?.value === making) return
  let last: string | undefined = ''
  while (last !== undefined) {
    const after: string = last
    last = await store.write((session) => rewordSome(session, after))
  }
  await store.write(async (session) => {
    const value = making
    await session.db
      .insert(session.tables.meta)
      .values({ key: metaKey, value })
      .onConflictDoUpdate({ target: session.tables.meta.key, set: { value } })
  })
}

/** Answers the last of those that were looked at, if there may be more. */
async function rewordSome(session: Session, after: string): Promise<string | undefined> {
  const { db, tables } = session
  const { clusters } = tables
  const { id, name, displayName, externalId, endpoint, labels, createdBy, words: made } = clusters
  const rows = await db
    .select({ id, name, displayName, externalId, endpoint, labels, createdBy, words: made })
    .from(clusters)
    .where(gt(clusters.id, after))
    .orderBy(asc(clusters.id))
    .limit(atOnce)
  for (const row of rows) {
    const words = searchedWords(row)
    if (sameWords(words, row.words)) continue
    await db.update(clusters).set({ words }).where(eq(clusters.id, row.id))
    indexWords(session, row, { id: row.id, words })
  }
  return rows.length === atOnce ? rows.at(-1)?.id : undefined
}
