import Database from 'better-sqlite3'
import { newId } from '../../src/cluster/id.ts'
import { type Probe, probe } from './probe.ts'
import { answerCalls } from './rpc.ts'

type Row = Record<string, string | number | null>

let write: () => void = () => {}

/**
 * Gets ready to write to a database that has a cluster and an audit entry to copy: each time one of both, and what the
 * entry is about, in one transaction that is on disk when it ends. This is what any create must cost at the least, before HTTP and rules.
 */
function open(path: string): void {
  const db = new Database(path)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.pragma('foreign_keys = ON')
  const cluster = copier(db, 'clusters')
  const entry = copier(db, 'audit_entries')
  const target = copier(db, 'audit_targets')
  write = db.transaction(() => {
    const id = newId('clu')
    cluster({ id, name: id.slice(4), external_id: null })
    const entryId = newId('aud')
    entry({ id: entryId })
    target({ target_id: id, entry_id: entryId })
  })
}

/** Inserts the table's first row again and again, with other values in some columns. */
function copier(db: Database.Database, table: string): (changed: Row) => void {
  const first = db.prepare(`select * from ${table} limit 1`).get() as Row
  const columns = Object.keys(first)
  const values = columns.map((column) => `@${column}`)
  const insert = db.prepare(`insert into ${table} (${columns.join(', ')}) values (${values.join(', ')})`)
  return (changed) => insert.run({ ...first, ...changed })
}

/** One transaction after the other. Answers how many a second. */
function run(durationS: number): number {
  const startMs = performance.now()
  const endMs = startMs + durationS * 1000
  let count = 0
  while (performance.now() < endMs) {
    write()
    count++
  }
  return count / ((performance.now() - startMs) / 1000)
}

const calls = { ...probe, open, run }
export type RawWriterCalls = Probe & typeof calls
answerCalls(calls)
