/** One call that a provider received. Headers and bodies are not kept, so it holds no key and no password. */
export interface RequestEntry {
  /** RFC 3339, sandbox time of arrival. */
  time: string
  operation: string
  method: string
  /** Path and query. */
  path: string
  /** HTTP status, `dropped` when the connection was cut without one, `pending` while it is being answered. */
  status: number | 'dropped' | 'pending'
  requestId: string
}

interface Waiter {
  matches: (entry: RequestEntry) => boolean
  resolve: (entry: RequestEntry) => void
}

/** The last calls, oldest first, in a ring. */
export class RequestLog {
  readonly #capacity: number
  #entries: RequestEntry[] = []
  #waiters: Waiter[] = []

  constructor(capacity = 1000) {
    this.#capacity = capacity
  }

  /** Notes an arrival; give what is returned to `finish` once the outcome is known. */
  arrive(call: Omit<RequestEntry, 'status'>): RequestEntry {
    const entry: RequestEntry = { ...call, status: 'pending' }
    this.#entries.push(entry)
    if (this.#entries.length > this.#capacity) this.#entries.shift()
    this.#wake(entry)
    return entry
  }

  finish(entry: RequestEntry, status: number | 'dropped'): void {
    entry.status = status
    this.#wake(entry)
  }

  list(): RequestEntry[] {
    return this.#entries.map((entry) => ({ ...entry }))
  }

  clear(): void {
    this.#entries = []
  }

  /** Resolves with the first entry, past or to come, that matches; for tests that must not poll or sleep. */
  waitFor(matches: (entry: RequestEntry) => boolean): Promise<RequestEntry> {
    const known = this.#entries.find(matches)
    if (known) return Promise.resolve({ ...known })
    return new Promise((resolve) => this.#waiters.push({ matches, resolve }))
  }

  #wake(entry: RequestEntry): void {
    const [woken, waiting] = [[] as Waiter[], [] as Waiter[]]
    for (const waiter of this.#waiters) (waiter.matches(entry) ? woken : waiting).push(waiter)
    this.#waiters = waiting
    for (const waiter of woken) waiter.resolve({ ...entry })
  }
}
