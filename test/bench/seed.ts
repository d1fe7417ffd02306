import Database from 'better-sqlite3'
import type { Attribution } from '../../src/cluster/actor.ts'
import type { AuditAction } from '../../src/cluster/audit.ts'
import { shapeless } from '../../src/cluster/policy.ts'
import { recordAudit } from '../../src/store/audit-entries.ts'
import { type ClusterRow, insertClusterRow, readClusterRow } from '../../src/store/cluster-rows.ts'
import { sqliteSession } from '../../src/store/sqlite-session.ts'
import type { Session, Store } from '../../src/store/store.ts'
import { copyAll, defineLater } from './copies.ts'
import { countCopies, countMonths, deriveSearches } from './derive.ts'
import { idAt } from './id-at.ts'
import { historyOf, spreadRow } from './spread.ts'

const spanMs = 720 * 86_400_000
/** Clusters between a cluster's create and each of the changes after it. */
const lags = [1, 5, 30, 100, 250, 400]
const ring = Math.max(...lags) + 1

/**
 * Fills a database with varied clusters, each with its history in the audit log, as they would have come to be there
 * in two years: oldest first. Rows are written by the store's own functions and copied by SQL; indexes, words and counts follow at
 * the end, all at once. At most `varied` clusters differ in all that they are looked up by; the others are
 * copies of them, made at other times. The entries have no leaves in the log. Takes the place of the one cluster that is there, with nobody
 * else on the database. Answers how many there are then, which is a multiple of the copies and no less than wanted.
 */
export async function seedInventory(path: string, wanted: number, varied = 25_000): Promise<number> {
  const copies = Math.ceil(wanted / varied)
  const each = Math.ceil(wanted / copies)
  const db = new Database(path)
  try {
    for (const pragma of [
      'journal_mode = OFF',
      'mmap_size = 2147418112',
      'synchronous = OFF',
      'cache_size = -400000',
      'threads = 2',
    ])
      db.pragma(pragma)
    const indexes = dropIndexes(db)
    db.exec('BEGIN')
    await insertVaried(db, each, spanMs / copies)
    countCopies(db, copies)
    defineLater(db)
    copyAll(db, copies, Math.round(spanMs / copies))
    db.exec('COMMIT')
    for (const index of indexes) db.exec(index)
    countMonths(db)
    deriveSearches(db)
    db.pragma('journal_mode = WAL')
    return each * copies
  } finally {
    db.close()
  }
}

/** To sort a million keys once is a tenth of the work of finding each one's place. Answers the statements that make them again. */
function dropIndexes(db: Database.Database): string[] {
  const made = db
    .prepare(
      `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ('clusters', 'cluster_labels', 'audit_entries')`,
    )
    .all() as { name: string; sql: string }[]
  for (const { name } of made) db.exec(`DROP INDEX ${name}`)
  return made.map(({ sql }) => sql)
}

interface Made {
  row: ClusterRow
  /** Changes after its create. */
  changes: number
}

async function insertVaried(db: Database.Database, count: number, withinMs: number): Promise<void> {
  const session = sqliteSession(db)
  const first = await takeFirst(db, session)
  const startTime = first.createTime - spanMs
  const recent: Made[] = []
  for (let index = 0; index < count; index++) {
    const time = Math.floor(startTime + (index * withinMs) / count)
    const store = storeAt(time)
    const made = { row: rowAt(first, index, time), changes: historyOf(index) }
    await insertClusterRow(store, session, made.row)
    await record(store, session, 'cluster.create', made)
    recent[index % ring] = made
    for (const [nth, lag] of lags.entries()) {
      const earlier = lag <= index ? recent[(index - lag) % ring] : undefined
      if (earlier && nth < earlier.changes) await record(store, session, laterAction(nth), earlier)
    }
    // Words and counts, which are made of all rows at the end.
    session.late.cut(0)
  }
  // Nothing is due: what is measured has the machine to itself.
  db.exec('DELETE FROM audit_queue; UPDATE clusters SET expiry_check_time = NULL')
}

/** The cluster after which others are made, removed. */
async function takeFirst(db: Database.Database, session: Session): Promise<ClusterRow> {
  const first = await readClusterRow(session, String(db.prepare('SELECT id FROM clusters').pluck().get()))
  for (const table of ['clusters', 'cluster_labels', 'cluster_words', 'cluster_counts', 'team_usage'])
    db.exec(`DELETE FROM ${table}`)
  for (const table of ['audit_entries', 'audit_targets']) db.exec(`DELETE FROM ${table}`)
  return first
}

const later: AuditAction[] = ['cluster.settle', 'cluster.update', 'cluster.observe', 'credential.reveal']

function laterAction(nth: number): AuditAction {
  return later[nth % later.length] ?? 'cluster.update'
}

function record(store: Store, session: Session, action: AuditAction, { row }: Made): Promise<string> {
  const who: Attribution = {
    actor: { ...row.createdBy, authMethod: 'api_key' },
    requestId: store.newId('req'),
    context: { ip: '10.1.2.3', userAgent: 'terraform/1.9', interface: 'http' },
  }
  const created = [
    { path: '/spec', before: null, after: row.spec },
    { path: '/labels', before: null, after: row.labels },
    { path: '/region', before: null, after: row.region },
  ]
  return recordAudit(store, session, who, {
    action,
    outcome: row.state === 'FAILED' ? 'FAILURE' : 'SUCCESS',
    targets: [{ type: 'cluster', id: row.id, displayName: row.name }],
    team: row.team,
    changes:
      action === 'cluster.create' ? created : [{ path: '/state', before: 'PENDING', after: row.state }],
  })
}

/** A varied cluster made at this time. */
function rowAt(first: ClusterRow, index: number, time: number): ClusterRow {
  const row = spreadRow(first, index)
  const then = (at: number | null) => at && at - row.createTime + time
  return {
    ...row,
    id: idAt(time)('clu'),
    createTime: time,
    updateTime: time + row.updateTime - row.createTime,
    expireTime: then(row.expireTime),
    deleteTime: then(row.deleteTime),
  }
}

/** All of a store that the writing of a row asks, at that time. */
function storeAt(time: number): Store {
  const asked: Pick<Store, 'clock' | 'newId' | 'shapeOf'> = {
    clock: { now: () => time },
    newId: idAt(time),
    shapeOf: shapeless,
  }
  return asked as Store
}
