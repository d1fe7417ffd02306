import type { EventEmitter } from 'node:events'
import type { Clock } from '../cluster/clock.ts'
import type { NewId } from '../cluster/id.ts'
import type { ShapeOf } from '../cluster/policy.ts'
import type { StoreEvents } from './announcements.ts'
import type { PageTokens } from './page-token.ts'
import type { Session } from './session.ts'
import type { Snapshot } from './snapshots.ts'

export type { StoreEvents } from './announcements.ts'
export { type Db, Session, type Tables } from './session.ts'

/** The open database. Reads never wait for writes. */
export interface Store extends AsyncDisposable {
  readonly reader: Session
  /** Runs `body` in a transaction. Resolves once its changes are on disk; rejects, with nothing changed, as it does. */
  write<T>(body: (session: Session) => Promise<T>): Promise<T>
  /** Whether no other process can have this database open. */
  readonly exclusive: boolean
  /** What the database holds now, for a reader that takes its time; see `Snapshots.take`. */
  snapshot(): Promise<Snapshot>
  /** Cuts off whatever is still read from a snapshot. Resolves when that, and all before it, is on disk. */
  endSnapshots(): Promise<void>
  readonly events: EventEmitter<StoreEvents>
  readonly clock: Clock
  readonly newId: NewId
  /** How a spec looks to policies. */
  readonly shapeOf: ShapeOf
  /** Seals page tokens. Kept in the database, so that a token outlives a restart. */
  readonly pageTokens: PageTokens
  /** When each connection was last synced, as of a moment ago; see freshness.ts. */
  readonly syncedTimes: Map<string, { time: number | null; readAt: number }>
}
