import { hash } from 'node:crypto'
import type Database from 'better-sqlite3'
import { asc, is, sql } from 'drizzle-orm'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import pg from 'pg'
import type { AuditEntry } from '../cluster/audit.ts'
import { indexAuditEntry } from './audit-search.ts'
import { copyTable, inOrderOfReference, sumTable, type TableSum } from './copy-table.ts'
import { closeForGood } from './moved.ts'
import { openSource } from './open.ts'
import { movingKey, preparePostgres } from './open-postgres.ts'
import { PostgresSession } from './postgres-session.ts'
import * as schema from './schema.postgres.ts'
import { sqliteSession } from './sqlite-session.ts'
import { StoreRefusal } from './store-refusal.ts'
import { verifyLog } from './verify-audit.ts'

const tables = inOrderOfReference(Object.values(schema).filter((value) => is(value, PgTable)))

/** Tables that are empty until somebody uses the gateway. */
const telling = new Set(['clusters', 'connections', 'api_keys', 'audit_entries'])

export interface MovedTable extends TableSum {
  name: string
}

/** The audit log, hashed anew from its entries: what one side has, which is what the other has. */
export interface MovedLog {
  entries: number
  /** Of the Merkle tree, base64; null where nothing has its place in it yet. */
  rootHash: string | null
  /** What `audit verify` finds wrong with it, before the move as after it. */
  findings: number
}

export interface Moved {
  tables: MovedTable[]
  log: MovedLog
}

/**
 * Moves everything from a SQLite database, beside the gateway that may run on it, to a PostgreSQL database. The source
 * takes no write from now on, and from the end on never again. Interrupted at any point it can be run again: the copy is
 * one transaction, and until the source is closed the copy is marked as one that no gateway may open.
 * @throws StoreRefusal
 */
export async function moveToPostgres(
  file: string,
  url: string,
  told: (table: MovedTable) => void,
): Promise<Moved> {
  const source = openSource(file)
  try {
    await preparePostgres(url, { moving: true })
    source.exec('BEGIN IMMEDIATE')
    const moved = await copyAll(source, url, told)
    closeForGood(source)
    source.exec('COMMIT')
    await withClient(url, (client) => client.query('DELETE FROM meta WHERE key = $1', [movingKey]))
    return moved
  } finally {
    if (source.inTransaction) source.exec('ROLLBACK')
    source.close()
  }
}

function copyAll(source: Database.Database, url: string, told: (table: MovedTable) => void): Promise<Moved> {
  const token = source.prepare(`SELECT value FROM meta WHERE key = 'token_key'`).pluck().get()
  const origin = hash('sha256', String(token))
  return withClient(url, async (client) => {
    await client.query('BEGIN')
    // What triggers would derive is copied like the rest.
    await setTriggers(client, 'DISABLE')
    await emptyTarget(client, origin)
    const moved: MovedTable[] = []
    for (const table of tables) {
      const { name } = getTableConfig(table)
      const read = await copyTable(source, client, table)
      const written = await sumTable(client, table)
      if (read.rows !== written.rows || read.sha256 !== written.sha256) {
        throw new Error(`${name} did not arrive as it is: ${JSON.stringify({ read, written })}`)
      }
      moved.push({ name, ...read })
      told({ name, ...read })
    }
    await client.query('INSERT INTO meta (key, value) VALUES ($1, $2)', [movingKey, origin])
    await indexWords(client)
    await setTriggers(client, 'ENABLE')
    const log = await requireSameLog(source, client)
    await client.query('COMMIT')
    return { tables: moved, log }
  })
}

/** Proofs that were given out must hold for the copy: it has the same root, from entries that are hashed anew. */
async function requireSameLog(source: Database.Database, client: pg.Client): Promise<MovedLog> {
  const read = logOf(await verifyLog(sqliteSession(source)))
  const written = logOf(await verifyLog(new PostgresSession(client, false)))
  if (JSON.stringify(read) !== JSON.stringify(written)) {
    throw new Error(`the audit log did not arrive as it is: ${JSON.stringify({ read, written })}`)
  }
  return read
}

function logOf({ treeSize, rootHash, findings }: Awaited<ReturnType<typeof verifyLog>>): MovedLog {
  return { entries: treeSize, rootHash, findings: findings.length }
}

/** The index of the words of audit entries is each engine's own: it is made anew, in the order of writing. */
async function indexWords(client: pg.Client): Promise<void> {
  const session = new PostgresSession(client, true)
  const { auditEntries: t } = session.tables
  for (let after: { time: number; id: string } | undefined; ; ) {
    const beyond = after && sql`(${t.time}, ${t.id}) > (${after.time}, ${after.id})`
    const page = await session.db
      .select({ time: t.time, id: t.id, document: t.document })
      .from(t)
      .where(beyond)
      .orderBy(asc(t.time), asc(t.id))
      .limit(500)
    for (const { document } of page) indexAuditEntry(session, JSON.parse(document) as AuditEntry)
    await session.late.flush()
    after = page.at(-1)
    if (after === undefined) return
  }
}

async function setTriggers(client: pg.Client, word: 'ENABLE' | 'DISABLE'): Promise<void> {
  for (const table of tables) {
    await client.query(`ALTER TABLE "${getTableConfig(table).name}" ${word} TRIGGER USER`)
  }
}

/** What an earlier attempt left is begun anew; what a gateway has written is left alone. */
async function emptyTarget(client: pg.Client, origin: string): Promise<void> {
  const { rows } = await client.query('SELECT value FROM meta WHERE key = $1', [movingKey])
  const own = rows[0]?.value === origin
  for (const table of [...tables].reverse()) {
    const { name } = getTableConfig(table)
    if (!own && telling.has(name)) {
      const found = await client.query(`SELECT 1 FROM "${name}" LIMIT 1`)
      if (found.rows.length > 0) {
        throw new StoreRefusal(`The PostgreSQL database is not empty (${name}). Name one that nothing is in.`)
      }
    }
    await client.query(`DELETE FROM "${name}"`)
  }
  await client.query('DELETE FROM audit_search')
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
