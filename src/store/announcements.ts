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

/** What a transaction has to tell once its commit is on disk. */
export class Announcements {
  #waiting: [keyof Announced, string | undefined][] = []

  add<E extends keyof Announced>(event: E, ...args: Announced[E]): void {
    this.#waiting.push([event, args[0]])
  }

  /** What was added since the last time; each once. */
  take(): [keyof Announced, string | undefined][] {
    const taken = this.#waiting
    this.#waiting = []
    const known = new Set<string>()
    return taken.filter(([event, id]) => {
      const name = `${event} ${id}`
      return !known.has(name) && known.add(name)
    })
  }
}

/** Tells the listeners in the next turn of the event loop, so that one that fails does not touch the writer. */
export function tell(events: EventEmitter<StoreEvents>, told: ReturnType<Announcements['take']>): void {
  if (told.length === 0) return
  setImmediate(() => {
    for (const [event, id] of told) (events as EventEmitter).emit(event, ...(id === undefined ? [] : [id]))
  })
}
