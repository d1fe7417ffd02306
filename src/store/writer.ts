import type Database from 'better-sqlite3'
import { Problem } from '../cluster/problem.ts'
import { LateWrites } from './late-writes.ts'

interface Waiting {
  run: () => Promise<unknown>
  /** When it must have begun at the latest, by `performance.now()`. */
  deadline: number
  resolve: (value: never) => void
  reject: (error: unknown) => void
}

/** Told how many bodies a commit had, and how long it took from the beginning of its transaction. */
type Committed = (bodies: number, durationMs: number) => void

/** Bodies that share one commit at the most. */
const groupSize = 64

/**
 * The only way to write: a queue in front of one connection. The bodies that wait when a turn comes each get a
 * savepoint inside one transaction, and hear of their success only after its one durable commit (group commit).
 * A body awaits nothing but its own queries, and the vault where what it seals depends on what it reads, so that no
 * turn waits for anything outside this process and its database.
 */
export class Writer {
  readonly #db: Database.Database
  readonly #deadlineMs: number
  readonly #committed: Committed
  readonly #late: LateWrites
  #queue: Waiting[] = []
  #turn: Promise<void> | null = null

  /** `committed` is told of every commit before the callers are; `late` has what the bodies leave to its end. */
  constructor(
    db: Database.Database,
    deadlineMs: number,
    committed: Committed = () => {},
    late = new LateWrites(),
  ) {
    this.#db = db
    this.#deadlineMs = deadlineMs
    this.#committed = committed
    this.#late = late
  }

  /** Runs `body` in a transaction of its own. Resolves once its changes are on disk; rejects, with nothing changed, as it does. */
  write<T>(body: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const deadline = performance.now() + this.#deadlineMs
      this.#queue.push({ run: body, deadline, resolve, reject })
      this.#turn ??= this.#takeTurns()
    })
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    while (this.#turn !== null) await this.#turn
  }

  async #takeTurns(): Promise<void> {
    // Requests that arrived in the same turn of the event loop share the commit.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#queue.length > 0) {
      const group = this.#queue.splice(0, groupSize)
      await this.#commit(group)
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.#turn = null
  }

  async #commit(group: Waiting[]): Promise<void> {
    const done: Array<() => void> = []
    let beganMs = 0
    try {
      await this.#begin(group[0]?.deadline ?? 0)
      beganMs = performance.now()
      for (const waiting of group) done.push(await this.#runInSavepoint(waiting))
      this.#late.flush()
      this.#db.exec('COMMIT')
    } catch (error) {
      this.#late.cut(0)
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK')
      const problem = storageProblem(error)
      for (const waiting of group) waiting.reject(problem)
      return
    }
    this.#committed(group.length, performance.now() - beganMs)
    for (const tell of done) tell()
  }

  /** Returns how to tell the caller, to be done after the commit. */
  async #runInSavepoint(waiting: Waiting): Promise<() => void> {
    this.#db.exec('SAVEPOINT body')
    const late = this.#late.count
    try {
      const value = await waiting.run()
      this.#db.exec('RELEASE body')
      return () => waiting.resolve(value as never)
    } catch (error) {
      // Some faults (a full disk) end the whole transaction, not just the savepoint.
      if (!this.#db.inTransaction) throw error
      this.#db.exec('ROLLBACK TO body; RELEASE body')
      this.#late.cut(late)
      return () => waiting.reject(isStorageFault(error) ? storageProblem(error) : error)
    }
  }

  /**
   * Another process may hold the lock for a moment; waiting for it must not stall the readers of this one. The
   * deadline counts from when the body was handed in: however long the queue, none waits longer for the lock.
   */
  async #begin(deadline: number): Promise<void> {
    for (;;) {
      try {
        this.#db.exec('BEGIN IMMEDIATE')
        return
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw error
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  }
}

function sqliteCode(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : null
}

function isBusy(error: unknown): boolean {
  return sqliteCode(error)?.startsWith('SQLITE_BUSY') ?? false
}

/** Faults of the storage itself, as against a broken rule (a constraint) or a bug (bad SQL). */
function isStorageFault(error: unknown): boolean {
  const code = sqliteCode(error)
  return code !== null && /^SQLITE_(FULL|IOERR|BUSY|LOCKED|CANTOPEN|CORRUPT|NOTADB|READONLY|NOMEM)/.test(code)
}

function storageProblem(error: unknown): unknown {
  if (!isStorageFault(error)) return error
  return new Problem(
    'audit-unavailable',
    'The change was not made: its record could not be written to the store. Reading still works.',
    { retryAfterS: 5 },
    error,
  )
}
