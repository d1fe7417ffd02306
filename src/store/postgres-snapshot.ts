import pg from 'pg'
import { readProblem } from './postgres-faults.ts'
import { PostgresSession } from './postgres-session.ts'
import type { SnapshotConnection } from './snapshots.ts'

/** The database as it is now, on a connection of its own, for a reader that takes its time. */
export async function postgresSnapshot(url: string): Promise<SnapshotConnection> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  // Its queries tell of the connection's end; unheard, the event would end the process.
  client.on('error', () => {})
  const close = () => void client.end().catch(() => {})
  try {
    await client.connect()
    // The instant is that of the first query, not of BEGIN.
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1')
    const session = new PostgresSession(client, false)
    session.isSnapshot = true
    return { session, close }
  } catch (error) {
    close()
    throw readProblem(error)
  }
}
