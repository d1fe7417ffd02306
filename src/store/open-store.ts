import { type OpenOptions, openSqlite, openSqliteBeside, openSnapshot as openSqliteSnapshot } from './open.ts'
import type { PostgresOptions } from './postgres-store.ts'
import type { Session } from './session.ts'
import type { Store } from './store.ts'

/** Loaded where it is wanted: a gateway on SQLite does without its memory. */
const postgres = () => import('./open-postgres.ts')

/** Where the data is. */
export type StorePlace =
  | { engine: 'sqlite'; file: string }
  /** `connections` as in `PostgresOptions`. */
  | { engine: 'postgres'; url: string; connections: number }

/** A look at the database, as it was when it was opened. */
export interface Snapshot extends AsyncDisposable {
  session: Session
}

/** Opens the database to look at it and nothing else, whether a gateway runs on it or not. @throws StoreRefusal */
export async function openSnapshot(place: StorePlace): Promise<Snapshot> {
  if (place.engine === 'postgres') return (await postgres()).openPostgresSnapshot(place.url)
  const snapshot = openSqliteSnapshot(place.file)
  return { session: snapshot.session, [Symbol.asyncDispose]: async () => snapshot[Symbol.dispose]() }
}

type Around = Pick<OpenOptions & PostgresOptions, 'clock' | 'newId' | 'shapeOf'>

/** Opens the database and brings it up to date. @throws StoreRefusal */
export async function openStore(place: StorePlace, around: Around): Promise<Store> {
  if (place.engine === 'sqlite') return openSqlite({ path: place.file, ...around })
  const { url, connections } = place
  return (await postgres()).openPostgres({ url, connections, ...around })
}

/** Opens the database for a moment, for a command that adds a little beside the gateway; see `openSqliteBeside`. @throws StoreRefusal */
export async function openStoreBeside(place: StorePlace, around: Around): Promise<Store> {
  if (place.engine === 'sqlite') return openSqliteBeside({ path: place.file, ...around })
  return (await postgres()).openPostgresBeside({ url: place.url, connections: 2, ...around })
}
