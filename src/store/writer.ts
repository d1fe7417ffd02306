import type Database from 'better-sqlite3'
import type { Session } from './session.ts'
import { isBusy, storageProblem } from './sqlite-faults.ts'

interface Waiting {
  run: () => Promise<unknown>
  /** When it must have begun at the latest, by `performance.now()`. */
  deadline: number
  resolve: (value: never) => void
  reject: (error: unknown) => void
}

/** Makes commits durable; see `Journal`. */
export interface Durability {
  requireSound(): void
  shield(): () => void
  sync(): Promise<void>
  checkpoint(): Promise<void>
}

export interface WriterOptions {
  /** How long a turn may wait for the lock. */
  deadlineMs: number
  /** Null when a COMMIT is as durable as it need be. */
  durability: Durability | null
  /** What the bodies write with: what they leave to the end of their transaction, what they announce, what they recall. */
  session: Pick<Session, 'late' | 'announcements' | 'forget'>
  /** How long bodies run before other work of this thread gets its turn. */
  sliceMs: number
  /** Told of every commit before the callers are: how many bodies it had, and how long it took from the beginning of its transaction. */
  committed: (bodies: number, durationMs: number) => void
}

/** Bodies that share one commit at the most. */
const groupSize = 64

/** In one turn of the event loop requests are read, and in the next one at the latest they are answered. */
const leastTurns = 2
const mostTurns = 3
/** A turn that takes longer did something. */
const busyMs = 0.05

/** Callers who hear of their commit in one turn of the event loop: each has an answer to make of it. */
const toldAtOnce = 2

/**
 * The only way to write: a queue in front of one connection. The bodies that wait when a turn comes each get a
 * savepoint inside one transaction, and hear of their success only after its one durable commit (group commit).
 * A body awaits nothing but its own queries, and the vault where what it seals depends on what it reads, so that no
 * turn waits for anything outside this process and its database.
 */
export class Writer {
  readonly #db: Database.Database
  readonly #options: WriterOptions
  readonly #savepoint: Database.Statement
  readonly #release: Database.Statement
  #queue: Waiting[] = []
  #turn: Promise<void> | null = null
  #breathedMs = 0
  #syncing: Promise<void> | null = null

  constructor(db: Database.Database, options: WriterOptions) {
    this.#db = db
    this.#options = options
    this.#savepoint = db.prepare('SAVEPOINT body')
    this.#release = db.prepare('RELEASE body')
  }

  /** Runs `body` in a transaction of its own. Resolves once its changes are on disk; rejects, with nothing changed, as it does. */
  write<T>(body: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const deadline = performance.now() + this.#options.deadlineMs
      this.#queue.push({ run: body, deadline, resolve, reject })
      this.#turn ??= this.#takeTurns()
    })
  }

  /** Resolves when what is committed is on disk, and nothing else has been done yet. */
  async synced(): Promise<void> {
    while (this.#syncing !== null) await this.#syncing.catch(() => {})
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    while (this.#turn !== null) await this.#turn
  }

  async #takeTurns(): Promise<void> {
    // Requests that arrived in the same turn of the event loop share the commit.
    await this.#breathe()
    while (this.#queue.length > 0) {
      await this.#takeTurn()
      await this.#options.durability?.checkpoint()
      await this.#breathe()
    }
    this.#turn = null
  }

  async #takeTurn(): Promise<void> {
    const group: Waiting[] = []
    const done: Array<() => void> = []
    let beganMs = 0
    try {
      await this.#begin(this.#queue[0]?.deadline ?? 0)
      beganMs = performance.now()
      // Whoever comes while the bodies run may still share their commit.
      for (let next = this.#queue.shift(); next; next = this.#nextFor(group)) {
        group.push(next)
        done.push(await this.#runInSavepoint(next))
        await this.pause()
      }
      await this.#options.session.late.flush(() => this.pause())
      await this.pause()
      await this.#commit()
    } catch (error) {
      this.#cut({ late: 0, announced: 0 })
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK')
      const problem = storageProblem(error)
      const refused = group.length > 0 ? group : this.#queue.splice(0, groupSize)
      for (const waiting of refused) waiting.reject(problem)
      return
    }
    this.#options.committed(group.length, performance.now() - beganMs)
    for (const [index, tell] of done.entries()) {
      tell()
      if (index % toldAtOnce === toldAtOnce - 1) await this.#breathe()
    }
  }

  #nextFor(group: Waiting[]): Waiting | undefined {
    return group.length < groupSize ? this.#queue.shift() : undefined
  }

  /** Lets other work of this thread have its turn, if it has waited for long. */
  pause(): Promise<void> | undefined {
    return performance.now() - this.#breathedMs > this.#options.sliceMs ? this.#breathe() : undefined
  }

  /** Lets other work of this thread have its turn: two turns of the event loop, and a third while these are busy. */
  async #breathe(): Promise<void> {
    // Where time must not decide about an order it does not decide here.
    const most = Number.isFinite(this.#options.sliceMs) ? mostTurns : leastTurns
    let beganMs = performance.now()
    for (let turns = 1; ; turns++) {
      await new Promise((resolve) => setImmediate(resolve))
      const nowMs = performance.now()
      if (turns >= most || (turns >= leastTurns && nowMs - beganMs < busyMs)) break
      beganMs = nowMs
    }
    this.#breathedMs = performance.now()
  }

  async #commit(): Promise<void> {
    const { durability } = this.#options
    const unshield = durability?.shield()
    try {
      this.#db.exec('COMMIT')
      this.#syncing = durability?.sync() ?? null
      await this.#syncing
    } finally {
      this.#syncing = null
      unshield?.()
    }
  }

  /** Returns how to tell the caller, to be done after the commit. */
  async #runInSavepoint(waiting: Waiting): Promise<() => void> {
    this.#savepoint.run()
    const { late, announcements } = this.#options.session
    const before = { late: late.count, announced: announcements.count }
    try {
      const value = await waiting.run()
      this.#release.run()
      return () => waiting.resolve(value as never)
    } catch (error) {
      // Some faults (a full disk) end the whole transaction, not just the savepoint.
      if (!this.#db.inTransaction) throw error
      this.#db.exec('ROLLBACK TO body; RELEASE body')
      this.#cut(before)
      return () => waiting.reject(storageProblem(error))
    }
  }

  /** Forgets what was left, announced and recalled since then: it was rolled back. */
  #cut({ late, announced }: { late: number; announced: number }): void {
    const { session } = this.#options
    session.late.cut(late)
    session.announcements.cut(announced)
    session.forget()
  }

  /**
   * Another process may hold the lock for a moment; waiting for it must not stall the readers of this one. The
   * deadline counts from when the body was handed in: however long the queue, none waits longer for the lock.
   */
  async #begin(deadline: number): Promise<void> {
    this.#options.durability?.requireSound()
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
