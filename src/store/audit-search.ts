import { type SQL, sql } from 'drizzle-orm'
import type { AuditEntry } from '../cluster/audit.ts'
import type { Pause } from './late-writes.ts'
import type { Session } from './store.ts'

/*
 * The index of the words of audit entries: SQLite's FTS5, PostgreSQL's tsvector; no schema of drizzle's can tell of the
 * one. Its rows are in the order in which entries were written, so that a search reads the newest first and stops where
 * its page is full.
 */

export const auditSearch = sql`audit_search`
export const searchedEntryId = sql`audit_search.entry_id`
export const searchPosition = sql<number>`audit_search.rowid`

interface Indexed {
  words: string
  id: string
}

/**
 * Pages of the index to be merged for each commit, and so many more for each of its entries. A commit adds a segment,
 * of a page or, with some forty entries, two, and each level of the index writes four of one below anew: that is less
 * than half a page a level for each page that is added, and there are seven levels in an index of a million entries.
 */
const [mergedPages, mergedPerEntry] = [4, 0.25]

/** As many are merged at once: to find where the last merge stopped takes as long as to go on for ten of them. */
const mergedAtOnce = 32

/** Has the index tell of an entry, in the transaction that writes it. */
export function indexAuditEntry(session: Session, entry: AuditEntry): void {
  const writeAll = session.prepared('index audit entries', () => {
    const write = session.driver.write(
      session.engine === 'postgres'
        ? 'insert into audit_search (words, entry_id) select unnest($1::text[])::tsvector, unnest($2::text[])'
        : 'insert into audit_search (words, entry_id) values (?, ?)',
    )
    if (session.engine === 'postgres') {
      return async (entries: Indexed[]) =>
        write([entries.map(({ words }) => vectorOf(words)), entries.map(({ id }) => id)])
    }
    const merge = session.driver.write(`insert into audit_search (audit_search, rank) values ('merge', ?)`)
    let owed = 0
    return async (entries: Indexed[], pause: Pause) => {
      for (const { words, id } of entries) {
        await write([words, id])
        await pause()
      }
      owed += mergedPages + Math.ceil(mergedPerEntry * entries.length)
      if (owed < mergedAtOnce) return
      await merge([owed])
      owed = 0
      await pause()
    }
  })
  session.late.add(writeAll, { words: wordsOf(entry).join(' '), id: entry.id })
}

/**
 * Has the index forget entries that are among the oldest: its rows are in the order of writing, and there is no other
 * way to find one by its entry than to read them.
 */
export async function unindexAuditEntries(session: Session, ids: string[]): Promise<void> {
  if (session.engine === 'postgres') {
    return session.driver.write('delete from audit_search where entry_id = any($1::text[])')([ids])
  }
  const { db } = session
  const oldest = sql`select rowid from audit_search order by rowid limit ${2 * ids.length}`
  const entries = sql.join(
    ids.map((id) => sql`${id}`),
    sql`, `,
  )
  await db.run(sql`delete from audit_search where rowid in (${oldest}) and entry_id in (${entries})`)
}

/**
 * Entries that the index does not have, and those that it has more than once. Whether it has the right words for one is
 * not told, as it keeps words and not entries. What it has for an entry that is gone, nobody is shown.
 */
export async function findSearchFaults({
  driver,
  tables,
}: Session): Promise<{ missing: string[]; doubled: string[] }> {
  const ids = async (query: SQL) => (await driver.ask(query)).map(([id]) => String(id))
  return {
    missing: await ids(
      sql`select id from ${tables.auditEntries} where id not in (select entry_id from ${auditSearch} where entry_id is not null) order by id`,
    ),
    doubled: await ids(
      sql`select entry_id as id from ${auditSearch} where entry_id is not null group by entry_id having count(*) > 1 order by entry_id`,
    ),
  }
}

function wordsOf({ actor, onBehalfOf, action, targets, reason, requestId, provider }: AuditEntry): string[] {
  const aboutProvider = provider && [provider.id, provider.requestId, provider.code]
  return [
    actor.id,
    actor.displayName,
    onBehalfOf?.id,
    onBehalfOf?.displayName,
    action,
    ...targets.flatMap(({ id, displayName }) => [id, displayName]),
    reason,
    requestId,
    ...(aboutProvider ?? []),
  ].filter((word) => typeof word === 'string')
}

/**
 * Entries that have every word of a text, as it is written or, with `*` at its end, as a beginning. What the index cuts
 * a word at (`_`, `-`, `.`) it cuts here too, and looks for the parts side by side.
 */
export function matchesText({ engine }: Session, text: string): SQL {
  if (engine === 'postgres') return sql`audit_search.words @@ ${queryOf(text)}::tsquery`
  const phrases = text
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
    .map((word) => {
      const isBeginning = /[\p{L}\p{N}]\*$/u.test(word)
      return `"${word.replaceAll('"', '""')}"${isBeginning ? '*' : ''}`
    })
  if (phrases.length === 0) return sql`false`
  return sql`audit_search match ${phrases.join(' ')}`
}

/** Words as FTS5 cuts and compares them, so that both engines find the same: letters and digits, without accents or case. */
function tokensOf(text: string): string[] {
  const plain = text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()
  return plain.match(/[\p{L}\p{N}\p{Co}]+/gu) ?? []
}

/** PostgreSQL counts no further, and keeps no longer word. */
const [mostPositions, longestToken] = [16_383, 1000]

function vectorOf(text: string): string {
  return tokensOf(text)
    .slice(0, mostPositions)
    .map((token, index) => `'${token.slice(0, longestToken)}':${index + 1}`)
    .join(' ')
}

function queryOf(text: string): string {
  return text
    .split(/\s+/)
    .map((word) => {
      const tokens = tokensOf(word).map((token) => `'${token.slice(0, longestToken)}'`)
      return tokens.join(' <-> ') + (/[\p{L}\p{N}]\*$/u.test(word) ? ':*' : '')
    })
    .filter((phrase) => phrase.startsWith("'"))
    .map((phrase) => `(${phrase})`)
    .join(' & ')
}
