import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import pg from 'pg'
import { openPools, type PostgresPools } from '../../src/store/postgres-store.ts'

/** What the tests of a run need to make databases of their own. */
export interface PostgresOfRun {
  /** The server's address; a database's name is added to it. */
  url: string
  template: string
  /** Every copy of the template has it. */
  tokenKey: string
}

/** Empties a copy of the template, which keeps in the schema `seed` the rows that a new database has. */
const emptied = `
  SET session_replication_role = replica;
  DO $$ DECLARE t record; BEGIN
    FOR t IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> '__drizzle_migrations' LOOP
      IF pg_relation_size(format('public.%I', t.name)) > 200000 THEN EXECUTE format('TRUNCATE public.%I CASCADE', t.name);
      ELSE EXECUTE format('DELETE FROM public.%I', t.name); END IF;
    END LOOP;
    FOR t IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'seed' LOOP
      EXECUTE format('INSERT INTO public.%I SELECT * FROM seed.%I', t.name, t.name);
    END LOOP;
  END $$;
  SET session_replication_role = DEFAULT;`

/** Keeps aside what is in the tables now. */
const seeded = `
  CREATE SCHEMA seed;
  DO $$ DECLARE t record; filled boolean; BEGIN
    FOR t IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> '__drizzle_migrations' LOOP
      EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', t.name) INTO filled;
      IF filled THEN EXECUTE format('CREATE TABLE seed.%I AS TABLE public.%I', t.name, t.name); END IF;
    END LOOP;
  END $$;`

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

export function seedTemplate(url: string): Promise<unknown> {
  return withClient(url, (client) => client.query(seeded))
}

/**
 * Empty databases for the stores of one test file, which are opened without waiting: they lie ready before each test,
 * and one that a store is done with is emptied for the next.
 */
export class Databases {
  readonly #run: PostgresOfRun
  readonly #name: string
  #count = 0
  #ready: string[] = []
  #used: string[] = []
  /** Connections to each, by name and deadline: to make new ones takes a server longer than most tests do. */
  readonly #pools = new Map<string, { pools: PostgresPools; taken: boolean }>()
  /** Databases by the place that a store gave, for stores that are opened again. */
  readonly #places = new Map<string, string>()

  constructor(run: PostgresOfRun, name: string) {
    this.#run = run
    this.#name = name
  }

  get tokenKey(): string {
    return this.#run.tokenKey
  }

  /** Has so many lie ready. */
  async fill(count: number): Promise<void> {
    while (this.#ready.length < count) {
      const used = this.#used.pop()
      if (used !== undefined) await this.ask(this.#urlOf(used), emptied)
      this.#ready.push(used ?? (await this.#create()))
    }
  }

  /** The database of a place: the same until the place is left. */
  urlOf(place: string): string {
    const name = this.#places.get(place) ?? this.#ready.pop() ?? this.#createAtOnce()
    this.#places.set(place, name)
    return this.#urlOf(name)
  }

  /** Connections for one store; `writeDeadlineMs` as in `PostgresOptions`. */
  poolsOf(url: string, writeDeadlineMs: number): PostgresPools {
    const key = `${url} ${writeDeadlineMs}`
    const known = this.#pools.get(key)
    // A second store beside the first has its own, as another process has.
    if (known?.taken) return openPools({ url, writeDeadlineMs, connections: 6 })
    const entry = known ?? { pools: openPools({ url, writeDeadlineMs, connections: 6 }), taken: true }
    entry.taken = true
    this.#pools.set(key, entry)
    const close = async () => {
      entry.taken = false
    }
    return { ...entry.pools, close }
  }

  /** Asks a database, over a connection that is there, if one is. */
  ask(url: string, sql: string): Promise<pg.QueryResult> {
    const known = [...this.#pools].find(([key]) => key.startsWith(`${url} `))
    return known ? known[1].pools.reading.query(sql) : withClient(url, (client) => client.query(sql))
  }

  /** The place is gone, and what was stored there. */
  leave(place: string): void {
    const name = this.#places.get(place)
    if (name === undefined) return
    this.#places.delete(place)
    this.#used.push(name)
  }

  async drop(): Promise<void> {
    for (const { pools } of this.#pools.values()) await pools.close()
    const names = Array.from({ length: this.#count }, (_, index) => `${this.#name}_${index + 1}`)
    await withClient(`${this.#run.url}postgres`, async (client) => {
      for (const name of names) await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    })
  }

  #urlOf(name: string): string {
    return this.#run.url + name
  }

  async #create(): Promise<string> {
    const name = `${this.#name}_${++this.#count}`
    await createDatabase(this.#run, name)
    return name
  }

  /** For a test that opens more stores than lie ready. */
  #createAtOnce(): string {
    const name = `${this.#name}_${++this.#count}`
    const script = join(import.meta.dirname, 'create-database.ts')
    execFileSync(process.execPath, [script, JSON.stringify(this.#run), name])
    return name
  }
}

export function createDatabase({ url, template }: PostgresOfRun, name: string): Promise<unknown> {
  return withClient(`${url}postgres`, (client) =>
    client.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`),
  )
}
