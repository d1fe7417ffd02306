import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type Database from 'better-sqlite3'

/** The statements of a migration that begin with a text. An upgrade derives from all rows what a write derives from each. */
function statementsOf(migration: string, begin: string): string[] {
  const file = join(import.meta.dirname, '../../migrations/sqlite', migration)
  return readFileSync(file, 'utf8')
    .split('--> statement-breakpoint')
    .map((statement) => statement.trim())
    .filter((statement) => statement.startsWith(begin))
}

const counts = statementsOf('0007_inventory.sql', 'INSERT INTO `cluster_counts`')

/** Counts the clusters that are there as if there were so many times as many of each. Months are left out. */
export function countCopies(db: Database.Database, times: number): void {
  for (const statement of counts) if (!statement.includes('month')) db.exec(statement)
  db.prepare('UPDATE cluster_counts SET count = count * ?').run(times)
}

/** Counts by month, in which copies differ. */
export function countMonths(db: Database.Database): void {
  for (const statement of counts) if (statement.includes('month')) db.exec(statement)
}

/** By which words clusters and audit entries are found. */
export function deriveSearches(db: Database.Database): void {
  db.exec(`
    INSERT INTO cluster_words (word, cluster_id)
    SELECT word.value, clusters.id
    FROM clusters, json_each('["' || replace(substr(words, 2), ' ', '","') || '"]') AS word
    ORDER BY 1, 2`)
  db.exec(`INSERT INTO audit_search (audit_search) VALUES ('delete-all')`)
  for (const statement of statementsOf('0003_audit_search.sql', 'INSERT INTO `audit_search`'))
    db.exec(statement)
  // A log that grew by itself has its largest segment on a level of its own, which is merged once in a few hundred thousand entries.
  db.exec(`INSERT INTO audit_search (audit_search) VALUES ('optimize')`)
}
