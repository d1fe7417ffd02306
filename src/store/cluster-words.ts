import { and, eq, sql } from 'drizzle-orm'
import { wordsOf } from '../cluster/words.ts'
import type { ClusterRow, NewClusterRow } from './cluster-rows.ts'
import { compiledWrite } from './compiled.ts'
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

/** A word that finds a cluster from now on, or does so no more. */
interface Change {
  word: string
  clusterId: string
  finds: boolean
}

/** Keeps the index of words in step with a row that is written, by the end of the transaction. */
export function indexWords(session: Session, before: ClusterRow | null, after: ClusterRow): void {
  if (before?.words === after.words) return
  const [old, now] = [split(before?.words), split(after.words)]
  const writeAll = session.prepared('change cluster words', () => (changes: Change[]) => {
    writeChanges(session, changes)
  })
  const clusterId = after.id
  for (const word of old) {
    if (!now.has(word)) session.late.add(writeAll, { word, clusterId, finds: false })
  }
  for (const word of now) {
    if (!old.has(word)) session.late.add(writeAll, { word, clusterId, finds: true })
  }
}

function split(words = ''): Set<string> {
  return new Set(words.split(' ').filter((word) => word !== ''))
}

/** Of several changes of one word of one cluster the last counts. In the order of the index, whose neighbours lie on one page. */
function writeChanges(session: Session, changes: readonly Change[]): void {
  const last = new Map(changes.map((change) => [`${change.word} ${change.clusterId}`, change]))
  const found: Change[] = []
  for (const change of last.values()) {
    if (change.finds) found.push(change)
    else removerOf(session)({ ...change })
  }
  found.sort((a, b) => (a.word < b.word ? -1 : a.word > b.word ? 1 : 0))
  let begin = 0
  for (const rows of rowsAtOnce) {
    const insert = inserterOf(session, rows)
    for (; begin + rows <= found.length; begin += rows) insert(numbered(found.slice(begin, begin + rows)))
  }
}

/** Rows of one statement: a statement for each costs more than the row does. */
const rowsAtOnce = [64, 8, 1]

function inserterOf(session: Session, rows: number) {
  return compiledWrite(session, `insert ${rows} cluster words`, ({ db, tables }) => {
    const values = Array.from({ length: rows }, (_, i) => ({
      word: sql.placeholder(`word${i}`),
      clusterId: sql.placeholder(`clusterId${i}`),
    }))
    return db.insert(tables.clusterWords).values(values).onConflictDoNothing()
  })
}

function numbered(changes: readonly Change[]): Record<string, string> {
  const values: Record<string, string> = {}
  for (const [i, { word, clusterId }] of changes.entries()) {
    values[`word${i}`] = word
    values[`clusterId${i}`] = clusterId
  }
  return values
}

function removerOf(session: Session) {
  return compiledWrite(session, 'delete cluster word', ({ db, tables: { clusterWords: t } }) =>
    db
      .delete(t)
      .where(and(eq(t.word, sql.placeholder('word')), eq(t.clusterId, sql.placeholder('clusterId')))),
  )
}
