import { and, eq, sql } from 'drizzle-orm'
import { wordsOf } from '../cluster/words.ts'
import type { ClusterRow, NewClusterRow } from './cluster-rows.ts'
import { compiledWrite } from './compiled.ts'
import { insertRow } from './statements.ts'
import type { Session } from './store.ts'

type Searched = Pick<
  NewClusterRow,
  'id' | 'name' | 'displayName' | 'externalId' | 'endpoint' | 'labels' | 'createdBy'
>

/** The words by which a search finds a cluster, each with a space before it. */
export function searchedWords(row: Searched): string {
  const { id, name, displayName, externalId, endpoint, labels, createdBy } = row
  const host = endpoint?.replace(/^https?:/, '') ?? null
  const ofLabels = Object.entries(labels).flat()
  const words = wordsOf([name, displayName, id, externalId, host, createdBy.displayName, ...ofLabels])
  return words.map((word) => ` ${word}`).join('')
}

/** Keeps the index of words in step with a row that is written. */
export async function indexWords(
  session: Session,
  before: ClusterRow | null,
  after: ClusterRow,
): Promise<void> {
  if (before?.words === after.words) return
  const { clusterWords } = session.tables
  const [old, now] = [split(before?.words), split(after.words)]
  const remove = compiledWrite(session, 'delete cluster word', ({ db }) =>
    db
      .delete(clusterWords)
      .where(
        and(
          eq(clusterWords.word, sql.placeholder('word')),
          eq(clusterWords.clusterId, sql.placeholder('clusterId')),
        ),
      ),
  )
  for (const word of old) if (!now.has(word)) remove({ word, clusterId: after.id })
  for (const word of now) {
    if (!old.has(word)) await insertRow(session, 'cluster word', clusterWords, { word, clusterId: after.id })
  }
}

function split(words = ''): Set<string> {
  return new Set(words.split(' ').filter((word) => word !== ''))
}
