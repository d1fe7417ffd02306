import { type OpenOptions, openSqlite, openSqliteBeside } from './open.ts'
import { openPostgres, openPostgresBeside } from './open-postgres.ts'
import type { PostgresOptions } from './postgres-store.ts'
import type { Store } from './store.ts'

/** Where the data is. */
export type StorePlace =
  | { engine: 'sqlite'; file: string }
  /** `connections` as in `PostgresOptions`. */
  | { engine: 'postgres'; url: string; connections: number }

type Around = Pick<OpenOptions & PostgresOptions, 'clock' | 'newId'>

/** Opens the database and brings it up to date. @throws StoreRefusal */
export async function openStore(place: StorePlace, around: Around): Promise<Store> {
  if (place.engine === 'sqlite') return openSqlite({ path: place.file, ...around })
  const { url, connections } = place
  return openPostgres({ url, connections, ...around })
}

/** Opens the database for a moment, for a command that adds a little beside the gateway; see `openSqliteBeside`. @throws StoreRefusal */
export async function openStoreBeside(place: StorePlace, around: Around): Promise<Store> {
  if (place.engine === 'sqlite') return openSqliteBeside({ path: place.file, ...around })
  return openPostgresBeside({ url: place.url, connections: 2, ...around })
}
