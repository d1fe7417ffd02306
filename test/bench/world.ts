import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Scope } from '../../src/cluster/caller.ts'
import { systemClock } from '../../src/cluster/clock.ts'
import { newId } from '../../src/cluster/id.ts'
import { hashApiKey, makeApiKeyText } from '../../src/http/api-key-text.ts'
import { adapters } from '../../src/providers/adapters.ts'
import { ZILLIZ_SANDBOX_KEY } from '../../src/sandbox/zilliz/sandbox.ts'
import { createApiKey } from '../../src/store/api-keys.ts'
import { apiKeyPlace, type ConnectionRow, fingerprintOf } from '../../src/store/connection-rows.ts'
import { createConnection } from '../../src/store/connections.ts'
import { openStore, type StorePlace } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/store.ts'
import { parseMasterKey } from '../../src/vault/keyring.ts'
import { createVault } from '../../src/vault/vault.ts'
import { connectionName, who } from './orders.ts'
import { seedInventory } from './seed.ts'
import { addSteadyClusters } from './steady.ts'

const mostIds = 5000

export interface WorldOptions {
  /** Address of the provider. Left out, nobody visits it: what is measured has the machine to itself. */
  baseUrl?: string
  /** A PostgreSQL database. Default: a SQLite file in the world's folder. */
  postgres?: string
  /** Connections at rest beside the first. */
  moreConnections?: number
  /** Clusters that run and want nothing. */
  clusters?: number
  /** These differ in all that lists are narrowed and ordered by, and have histories. */
  spread?: boolean
  /** How many of a spread inventory are no copies of others. */
  varied?: number
}

/** A folder with a database of its own, gone with its scope, and the keys to it. */
export interface World extends Disposable {
  folder: string
  /** The SQLite file; there is none where the database is another. */
  database: string
  databaseUrl: string
  masterKey: string
  /** Text of an API key that may do everything. */
  apiKey: string
  connections: ConnectionRow[]
  /** Of a varied inventory some from all over it. */
  clusterIds: string[]
  clusterCount: number
}

export async function makeWorld({ spread = false, varied, ...options }: WorldOptions = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'clustergate-bench-'))
  const database = join(folder, 'clustergate.db')
  const masterKey = randomBytes(32).toString('base64')
  const apiKey = makeApiKeyText(newId('key'))
  const dispose = () => rmSync(folder, { recursive: true, force: true })
  const { clusters = 0 } = options
  const { connections, clusterIds } = await fillStore(
    { place: placeOf(database, options), masterKey, apiKey },
    { ...options, clusters: spread ? 1 : clusters },
  )
  const databaseUrl = options.postgres ?? `file:${database}`
  const world = { folder, database, databaseUrl, masterKey, apiKey, connections, [Symbol.dispose]: dispose }
  if (!spread) return { ...world, clusterIds, clusterCount: clusters }
  const clusterCount = await seedInventory(database, clusters, varied)
  return { ...world, clusterIds: someIds(database, clusterCount), clusterCount }
}

function placeOf(file: string, { postgres }: WorldOptions): StorePlace {
  return postgres === undefined
    ? { engine: 'sqlite', file }
    : { engine: 'postgres', url: postgres, connections: 4 }
}

async function fillStore(
  { place, masterKey, apiKey }: Pick<World, 'masterKey' | 'apiKey'> & { place: StorePlace },
  { baseUrl, moreConnections = 0, clusters = 0 }: WorldOptions,
): Promise<Pick<World, 'connections' | 'clusterIds'>> {
  await using store = await openStore(place, { clock: systemClock, newId })
  await addKey(store, apiKey)
  const connections = [await connect(store, masterKey, connectionName, baseUrl)]
  for (let index = 1; index <= moreConnections; index++) {
    connections.push(await connect(store, masterKey, `${connectionName}-${index}`))
  }
  const [first] = connections
  const clusterIds = first && clusters > 0 ? await addSteadyClusters(store, first, clusters) : []
  return { connections, clusterIds }
}

/** Ids from all over the inventory. */
function someIds(database: string, count: number): string[] {
  const db = new Database(database, { readonly: true })
  const every = Math.ceil(count / mostIds)
  const ids = db.prepare('select id from clusters where rowid % ? = 0').pluck().all(every).map(String)
  db.close()
  return ids
}

async function addKey(store: Store, apiKey: string): Promise<void> {
  const key = { id: newId('key'), displayName: 'bench', expireTime: null }
  const scopes: Scope[] = [{ role: 'admin', team: '*' }]
  await createApiKey(store, { who }, { ...key, scopes, hash: hashApiKey(apiKey) })
}

async function connect(
  store: Store,
  masterKey: string,
  name: string,
  baseUrl?: string,
): Promise<ConnectionRow> {
  const id = newId('con')
  const vault = createVault({ current: parseMasterKey(masterKey), former: [] })
  const connection = await createConnection(
    store,
    { who },
    {
      id,
      name,
      provider: 'zilliz',
      teams: ['*'],
      settings: adapters.zilliz?.settingsSchema.parse({ baseUrl: baseUrl ?? 'http://127.0.0.1:9' }) ?? {},
      sealedApiKey: await vault.seal(ZILLIZ_SANDBOX_KEY, apiKeyPlace({ id, teams: ['*'] })),
      apiKeyFingerprint: fingerprintOf(ZILLIZ_SANDBOX_KEY),
    },
  )
  if (baseUrl === undefined) await rest(store)
  return connection
}

async function rest(store: Store): Promise<void> {
  await store.write(async ({ db, tables }) => {
    await db.update(tables.connections).set({ dueTime: null })
  })
}
