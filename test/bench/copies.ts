import type Database from 'better-sqlite3'
import { laterId } from './id-at.ts'

/** Has SQL know `later(id, ms)`. */
export function defineLater(db: Database.Database): void {
  db.function('later', { deterministic: true }, (id, byMs) => laterId(String(id), Number(byMs)))
}

const rfc3339 = (column: string) => `strftime('%Y-%m-%dT%H:%M:%fZ', (${column} + @ms) / 1000.0, 'unixepoch')`

/** What a copy has of its own; `@n` tells which it is, `@ms` how much later it was made. */
const changed: Record<string, Record<string, string>> = {
  clusters: {
    id: 'later(id, @ms)',
    name: `name || '-c' || @n`,
    external_id: `external_id || printf('%03d', @n)`,
    endpoint: `replace(endpoint, external_id, external_id || printf('%03d', @n))`,
    create_time: 'create_time + @ms',
    update_time: 'update_time + @ms',
    expire_time: 'expire_time + @ms',
    delete_time: 'delete_time + @ms',
    words: `replace(replace(words, substr(id, 5), substr(later(id, @ms), 5)), substr(external_id, 6), substr(external_id, 6) || printf('%03d', @n)) || ' c' || @n`,
    document: `json_set(replace(document, external_id, external_id || printf('%03d', @n)),
      '$.id', later(id, @ms), '$.name', name || '-c' || @n, '$.createTime', ${rfc3339('create_time')}, '$.updateTime', ${rfc3339('update_time')},
      '$.expireTime', ${rfc3339('expire_time')}, '$.deleteTime', ${rfc3339('delete_time')})`,
  },
  cluster_labels: { cluster_id: 'later(cluster_id, @ms)', create_time: 'create_time + @ms' },
  audit_entries: {
    id: 'later(id, @ms)',
    time: 'time + @ms',
    request_id: 'later(request_id, @ms)',
    document: `json_set(document, '$.id', later(id, @ms), '$.time', ${rfc3339('time')}, '$.requestId', later(request_id, @ms),
      '$.targets[0].id', later(document ->> '$.targets[0].id', @ms), '$.targets[0].displayName', (document ->> '$.targets[0].displayName') || '-c' || @n)`,
  },
  audit_targets: {
    target_id: 'later(target_id, @ms)',
    time: 'time + @ms',
    entry_id: 'later(entry_id, @ms)',
  },
}

/** Makes more of all clusters and their histories, until there are so many times as many, each time so much later. */
export function copyAll(db: Database.Database, times: number, eachMs: number): void {
  for (const [table, own] of Object.entries(changed)) {
    const columns = db.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(table).map(String)
    db.exec(`CREATE TEMP TABLE varied AS SELECT * FROM ${table}`)
    const copy = db.prepare(
      `INSERT INTO ${table} (${columns}) SELECT ${columns.map((column) => own[column] ?? column)} FROM varied ORDER BY rowid`,
    )
    const usesNumber = Object.values(own).some((text) => text.includes('@n'))
    for (let n = 1; n < times; n++) copy.run({ ms: n * eachMs, ...(usesNumber && { n: `${n}` }) })
    db.exec('DROP TABLE varied')
  }
}
