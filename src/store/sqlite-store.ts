import type { EventEmitter } from 'node:events'
import type { Clock } from '../cluster/clock.ts'
import type { NewId } from '../cluster/id.ts'
import type { ShapeOf } from '../cluster/policy.ts'
import type { StoreEvents } from './announcements.ts'
import type { PageTokens } from './page-token.ts'
import type { Session } from './session.ts'
import type { Snapshot, Snapshots } from './snapshots.ts'
import type { Store } from './store.ts'
import type { Writer } from './writer.ts'

interface Parts {
  reader: Session
  events: EventEmitter<StoreEvents>
  writerSession: Session
  writer: Writer
  /** Closed in this order. */
  resources: { close(): unknown }[]
  clock: Clock
  newId: NewId
  shapeOf: ShapeOf
  snapshots: Snapshots
  pageTokens: PageTokens
}

/** Reads go to a connection of their own. */
export class SqliteStore implements Store {
  readonly reader: Session
  readonly exclusive = true
  readonly events: EventEmitter<StoreEvents>
  readonly clock: Clock
  readonly newId: NewId
  readonly shapeOf: ShapeOf
  readonly pageTokens: PageTokens
  readonly syncedTimes: Store['syncedTimes'] = new Map()
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
    this.reader = parts.reader
    this.events = parts.events
    this.clock = parts.clock
    this.newId = parts.newId
    this.shapeOf = parts.shapeOf
    this.pageTokens = parts.pageTokens
    // One listener for each caller that waits for a change.
    this.events.setMaxListeners(0)
    this.events.on('connection', (id) => this.syncedTimes.delete(id))
  }

  write<T>(body: (session: Session) => Promise<T>): Promise<T> {
    const { writer, writerSession } = this.#parts
    return writer.write(() => body(writerSession))
  }

  async snapshot(): Promise<Snapshot> {
    await this.#parts.writer.synced()
    return this.#parts.snapshots.take()
  }

  async endSnapshots(): Promise<void> {
    this.#parts.snapshots.endAll()
    await this.#parts.writer.drain()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endSnapshots()
    for (const resource of this.#parts.resources) await resource.close()
  }
}
