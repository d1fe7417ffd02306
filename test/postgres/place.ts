import { inject } from 'vitest'
import { systemClock } from '../../src/cluster/clock.ts'
import { newId } from '../../src/cluster/id.ts'
import { type PostgresOptions, PostgresStore } from '../../src/store/postgres-store.ts'
import { createDatabase, withClient } from '../engine/databases.ts'

export const who = {
  actor: { type: 'system', id: 'test', displayName: 'test', authMethod: 'internal' },
  requestId: 'req_test',
  context: { ip: null, userAgent: null, interface: 'cli' },
} as const

let count = 0

/** A database of a test's own, gone with its scope. */
export class Place implements AsyncDisposable {
  readonly name = `place_${process.pid}_${Date.now().toString(36)}_${++count}`
  readonly url = inject('postgres').url + this.name

  /** One that is up to date, or an empty one. */
  static async make(from: 'template' | 'nothing' = 'template'): Promise<Place> {
    const place = new Place()
    const run = inject('postgres')
    if (from === 'template') await createDatabase(run, place.name)
    else await place.#admin(`CREATE DATABASE ${place.name}`)
    return place
  }

  /** One replica's store. */
  open(options: Partial<PostgresOptions> = {}): PostgresStore {
    const { tokenKey } = inject('postgres')
    return new PostgresStore({ url: this.url, clock: systemClock, newId, ...options }, tokenKey)
  }

  /** Ends every connection to it, as a restart of the server does. */
  cut(): Promise<unknown> {
    return this.#admin(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${this.name}'`,
    )
  }

  #admin(sql: string): Promise<unknown> {
    return withClient(`${inject('postgres').url}postgres`, (client) => client.query(sql))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin(`DROP DATABASE ${this.name} WITH (FORCE)`)
  }
}
