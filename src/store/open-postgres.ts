import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { beginHistory } from './past-instants.ts'
import { PostgresSession } from './postgres-session.ts'
import { type PostgresOptions, PostgresStore } from './postgres-store.ts'
import type { Session } from './session.ts'
import type { Store } from './store.ts'
import { StoreRefusal } from './store-refusal.ts'

const migrationsFolder = join(import.meta.dirname, '../../migrations/postgres')

/** Any number: the key of the lock that those who start take in turn. */
const startLock = 7_238_016_520_193

/** Is in `meta` while the data is moved there: then the source may still take writes. */
export const movingKey = 'moving_from'

/** The oldest version whose features are used, as `server_version_num` has it. */
const oldestServer = 140_000

/** Opens the PostgreSQL database and brings it up to date; of processes that start together, one does. @throws StoreRefusal */
export async function openPostgres(options: PostgresOptions): Promise<Store> {
  const store = new PostgresStore(options, await preparePostgres(options.url))
  try {
    await beginHistory(store)
    return store
  } catch (error) {
    await store[Symbol.asyncDispose]()
    throw error
  }
}

/** Opens the database beside a gateway of this version that runs, or has run, on it. @throws StoreRefusal */
export async function openPostgresBeside(options: PostgresOptions): Promise<Store> {
  const tokenKey = await whileConnected(options.url, async (client) => {
    await refuseAnyOther(client)
    return ensureTokenKey(client)
  })
  return new PostgresStore(options, tokenKey)
}

/** Shows the database as it is now, and changes nothing. @throws StoreRefusal */
export async function openPostgresSnapshot(url: string): Promise<AsyncDisposable & { session: Session }> {
  const client = await connect(url)
  try {
    await refuseAnyOther(client)
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1')
    return { session: new PostgresSession(client, false), [Symbol.asyncDispose]: () => client.end() }
  } catch (error) {
    await client.end()
    throw error
  }
}

/** Brings the database up to date; `moving` to fill it, not to serve from it. Answers the key that signs page tokens. @throws StoreRefusal */
export function preparePostgres(url: string, { moving = false } = {}): Promise<string> {
  return whileConnected(url, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [startLock])
    await migrate(drizzle({ client }), { migrationsFolder, migrationsSchema: 'public' })
    if (!moving) await refuseUnfinished(client)
    return ensureTokenKey(client)
  })
}

/** A connection for as long as `work` takes, to a server and a database that are not refused. */
async function whileConnected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(url)
  try {
    await refuseOther(client)
    return await work(client)
  } finally {
    // The lock goes with its connection.
    await client.end()
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (error) {
    throw unreachable(url, error)
  }
}

function unreachable(url: string, error: unknown): StoreRefusal {
  const { hostname, port, pathname } = new URL(url)
  const why = error instanceof Error && 'code' in error ? error.code : 'no answer'
  return new StoreRefusal(
    `The database ${pathname.slice(1)} at ${hostname}:${port || 5432} cannot be opened (${why}). See that the server runs and DATABASE_URL names it, with a user who may connect.`,
    { cause: error },
  )
}

async function refuseAnyOther(client: pg.Client): Promise<void> {
  await refuseOther(client)
  if ((await appliedMigrations(client)).length === knownMigrations().length) return
  throw new StoreRefusal(
    'The database is of another version of clustergate. Run the command of that version.',
  )
}

async function refuseUnfinished(client: pg.Client): Promise<void> {
  const { rows } = await client.query('SELECT 1 FROM meta WHERE key = $1', [movingKey])
  if (rows.length === 0) return
  throw new StoreRefusal(
    'A move from SQLite to this database was interrupted. Run clustergate migrate again.',
  )
}

async function refuseOther(client: pg.Client): Promise<void> {
  const { rows } = await client.query(`SELECT current_setting('server_version_num')::int AS version`)
  if (rows[0].version < oldestServer) throw new StoreRefusal('PostgreSQL 14 or later is needed.')
  const known = knownMigrations()
  if ((await appliedMigrations(client)).some((hash) => !known.includes(hash))) {
    throw new StoreRefusal(
      'The database was last opened by a newer clustergate. Start that version, or restore the backup made before it.',
    )
  }
}

function knownMigrations(): string[] {
  return readMigrationFiles({ migrationsFolder }).map((migration) => migration.hash)
}

async function appliedMigrations(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query(`SELECT to_regclass('public.__drizzle_migrations') AS made`)
  if (rows[0].made === null) return []
  const applied = await client.query('SELECT hash FROM public.__drizzle_migrations')
  return applied.rows.map((row: { hash: string }) => row.hash)
}

async function ensureTokenKey(client: pg.Client): Promise<string> {
  await client.query(`INSERT INTO meta (key, value) VALUES ('token_key', $1) ON CONFLICT DO NOTHING`, [
    randomBytes(32).toString('base64'),
  ])
  const { rows } = await client.query(`SELECT value FROM meta WHERE key = 'token_key'`)
  return String(rows[0].value)
}
