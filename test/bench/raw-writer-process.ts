import Database from 'better-sqlite3'
import { newId } from '../../src/cluster/id.ts'
import { type Probe, probe } from './probe.ts'
import { answerCalls } from './rpc.ts'

type Row = Record<string, string | number | null>

let write: () => void = () => {}

/**
 * Gets ready to write to a database that has a cluster and an audit entry to copy: each time one of both, its label, what the
 * entry is about, and the answer to a repeat, in one transaction that is on disk when it ends. This is what any create must
 * cost at the least, before HTTP, rules, and all that searches and summaries need. `slowerMs` is how much longer the
 * disk takes for the commit.
 */
function open(path: string, slowerMs = 0): void {
  const db = new Database(path)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.pragma('foreign_keys = ON')
  const cluster = copier(db, 'clusters')
  const entry = copier(db, 'audit_entries')
  const target = copier(db, 'audit_targets')
  const label = copier(db, 'cluster_labels')
  const answer = db.prepare(
    `insert into idempotency_keys (caller_id, key, fingerprint, status, headers, body, cluster_id, create_time)
     select 'key', :id, :id, 202, '{}', document, :id, create_time from clusters limit 1`,
  )
  const create = db.transaction(() => {
    const id = newId('clu')
    cluster({ id, name: id.slice(4), external_id: null })
    const entryId = newId('aud')
    entry({ id: entryId })
    target({ target_id: id, entry_id: entryId })
    label({ cluster_id: id })
    answer.run({ id })
  })
  const clock = new Int32Array(new SharedArrayBuffer(4))
  write = () => {
    create()
    if (slowerMs > 0) Atomics.wait(clock, 0, 0, slowerMs)
  }
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
