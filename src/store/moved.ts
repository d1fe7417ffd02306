import type Database from 'better-sqlite3'

/** What SQLite says of a write to a database that has been moved. */
export const movedText = 'clustergate: moved to PostgreSQL'

/**
 * From this transaction on every write fails, that of a gateway which still runs on the database too: none may be
 * accepted here that the copy does not have.
 */
export function closeForGood(db: Database.Database): void {
  const tables = db
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'`)
    .pluck()
    .all()
    .map(String)
    // The index of words follows the entries, and its tables are FTS5's own.
    .filter((name) => !/^(sqlite_|__|audit_search)/.test(name))
  for (const table of tables) {
    for (const event of ['INSERT', 'UPDATE', 'DELETE']) {
      const name = `moved_${table}_${event.toLowerCase()}`
      db.exec(
        `CREATE TRIGGER "${name}" BEFORE ${event} ON "${table}" BEGIN SELECT RAISE(ABORT, '${movedText}'); END`,
      )
    }
  }
}

export function isMoved(db: Database.Database): boolean {
  return (
    db.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND name = 'moved_meta_insert'`).get() !==
    undefined
  )
}
