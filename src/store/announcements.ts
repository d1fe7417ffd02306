import type { EventEmitter } from 'node:events'

export interface StoreEvents {
  /** A cluster changed; the commit is on disk. */
  cluster: [id: string]
  connection: [id: string]
  /** A connection's key or settings were replaced, or it is gone: what was learned of its manners no longer holds. */
  reconnect: [id: string]
  /** There is work whose time has come. */
  due: []
  /** So many changes reached the disk in one commit of this process, which took so long. */
  commit: [changes: number, durationMs: number]
  /** Audit entries were given their place in the log. */
  sequenced: [id: 'log']
}

/** What a transaction may announce. */
export type Announced = Omit<StoreEvents, 'commit'>

/** What a transaction has to tell once its commit is on disk: all that its bodies announced. */
export class Announcements {
  #waiting: Announcement[] = []

  add<E extends keyof Announced>(event: E, ...args: Announced[E]): void {
    this.#waiting.push([event, args[0]])
  }

  get count(): number {
    return this.#waiting.length
  }

  /** Forgets those that came after there were `count`: what they tell of was rolled back. */
  cut(count: number): void {
    this.#waiting.length = count
  }

  /** What was added since the last time. */
  take(): Announcement[] {
    const taken = this.#waiting
    this.#waiting = []
    return taken
  }
}

export type Announcement = [event: keyof Announced, id: string | undefined]

/**
 * Tells the listeners in the next turn of the event loop, so that one that fails does not touch the writer. What the
 * changes of one commit say is told together and each once: a listener that looks for work would look for each.
 */
export class Teller {
  readonly #events: EventEmitter
  #told: Announcement[] = []

  constructor(events: EventEmitter<StoreEvents>) {
    this.#events = events as EventEmitter
  }

  tell(told: readonly Announcement[]): void {
    if (told.length === 0) return
    if (this.#told.length === 0) setImmediate(() => this.#emit())
    this.#told.push(...told)
  }

  #emit(): void {
    const told = this.#told
    this.#told = []
    const known = new Set<string>()
    for (const [event, id] of told) {
      const name = `${event} ${id}`
      if (known.has(name)) continue
      known.add(name)
      this.#events.emit(event, ...(id === undefined ? [] : [id]))
    }
  }
}
