import { and, eq, sql } from 'drizzle-orm'
import { wordsOf } from '../cluster/words.ts'
import type { ClusterRow, NewClusterRow } from './cluster-rows.ts'
import { compiledWrite } from './compiled.ts'
import type { Pause } from './late-writes.ts'
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

/** What a write makes of the words of a cluster. */
interface Change {
  id: string
  before: string
  after: string
}

type Worded = Pick<ClusterRow, 'id' | 'words'>

/** Whether two texts of `searchedWords` find the same. */
export function sameWords(a: string, b: string): boolean {
  const [one, other] = [split(a), split(b)]
  return one.size === other.size && [...one].every((word) => other.has(word))
}

/** Keeps the index of words in step with a row that is written, by the end of the transaction. */
export function indexWords(session: Session, before: Worded | null, after: Worded): void {
  if (before?.words === after.words) return
  const writeAll = session.prepared(
    'change cluster words',
    () => (changes: Change[], pause: Pause) => writeChanges(session, changes, pause),
  )
  session.late.add(writeAll, { id: after.id, before: before?.words ?? '', after: after.words })
}

interface Found {
  word: string
  clusterId: string
}

/** Of several changes of one cluster the last tells what finds it. Words are written in the order of the index, in which neighbours lie on one page. */
async function writeChanges(session: Session, changes: readonly Change[], pause: Pause): Promise<void> {
  const found: Found[] = []
  for (const { id: clusterId, before, after } of together(changes)) {
    const [old, now] = [split(before), split(after)]
    for (const word of old) if (!now.has(word)) await removerOf(session)({ word, clusterId })
    for (const word of now) if (!old.has(word)) found.push({ word, clusterId })
  }
  found.sort((a, b) => (a.word < b.word ? -1 : a.word > b.word ? 1 : 0))
  let begin = 0
  for (const rows of rowsAtOnce) {
    const insert = inserterOf(session, rows)
    for (; begin + rows <= found.length; begin += rows) {
      await insert(numbered(found.slice(begin, begin + rows)))
      await pause()
    }
  }
}

function together(changes: readonly Change[]): Iterable<Change> {
  const byId = new Map<string, Change>()
  for (const change of changes) {
    byId.set(change.id, { ...change, before: byId.get(change.id)?.before ?? change.before })
  }
  return byId.values()
}

function split(words: string): Set<string> {
  return new Set(words.split(' ').filter((word) => word !== ''))
}

/** Rows of one statement: a statement for each costs more than the row does. */
const rowsAtOnce = [64, 8, 1]

function inserterOf(session: Session, rows: number) {
  return compiledWrite(session, `insert ${rows} cluster words`, ({ db, tables }) => {
    const values = Array.from({ length: rows }, (_, i) => ({
      word: sql.placeholder(`word${i}`),
      clusterId: sql.placeholder(`clusterId${i}`),
    }))
    // Where a word is there already it need not be written: no transaction may fail for an index of words.
    return db.insert(tables.clusterWords).values(values).onConflictDoNothing()
  })
}

function numbered(found: readonly Found[]): Record<string, string> {
  const values: Record<string, string> = {}
  for (const [i, { word, clusterId }] of found.entries()) {
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
