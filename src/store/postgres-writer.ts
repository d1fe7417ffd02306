import { setTimeout as delay } from 'node:timers/promises'
import type { Pool, PoolClient } from 'pg'
import { Problem } from '../cluster/problem.ts'
import type { Announcements } from './announcements.ts'
import { isConflict, isConnectionFault, storageProblem } from './postgres-faults.ts'
import { PostgresSession } from './postgres-session.ts'
import type { Session } from './session.ts'

/** Bodies that share one commit at the most. */
const groupSize = 32
const longestPauseMs = 100
/** Any number: the key of the lock that the writers of all replicas take in turn. */
const writeLock = 7_238_016_520_194

export interface Written<T> {
  value: T
  told: ReturnType<Announcements['take']>
}

/** Told how many bodies a commit had, and how long it took from the beginning of its transaction. */
type Committed = (bodies: number, durationMs: number) => void

interface Waiting {
  body: (session: Session) => Promise<unknown>
  deadline: number
  resolve: (written: Written<never>) => void
  reject: (error: unknown) => void
}

/**
 * One writer in each process, and one of them at a time: whoever has the lock runs the bodies that wait, each under a
 * savepoint of its own, and ends with one commit. So bodies see each other's changes as on SQLite, and need not think of
 * others beside them. Transactions side by side were tried: SERIALIZABLE ones met so often, in the index pages that any
 * two creates read and write, that they did less than one writer does, and at many callers were refused.
 *
 * A group whose connection ended is run again: a body must change nothing but the database.
 */
export class PostgresWriter {
  readonly #pool: Pool
  readonly #asking: Pool
  readonly #committed: Committed
  readonly #deadlineMs: number
  readonly #sessions = new WeakMap<PoolClient, PostgresSession>()
  #queue: Waiting[] = []
  #turn: Promise<void> | null = null

  /** `asking` tells what became of a commit. */
  constructor(pool: Pool, asking: Pool, deadlineMs: number, committed: Committed) {
    this.#committed = committed
    this.#pool = pool
    this.#asking = asking
    this.#deadlineMs = deadlineMs
  }

  write<T>(body: (session: Session) => Promise<T>): Promise<Written<T>> {
    return new Promise<Written<T>>((resolve, reject) => {
      this.#queue.push({ body, deadline: performance.now() + this.#deadlineMs, resolve, reject })
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
    while (this.#queue.length > 0) await this.#run(this.#queue.splice(0, groupSize))
    this.#turn = null
  }

  /** Runs a group until it is committed, or its time is over. */
  async #run(group: Waiting[]): Promise<void> {
    const deadline = Math.min(...group.map((waiting) => waiting.deadline))
    for (let attempt = 1; ; attempt++) {
      try {
        const beganMs = performance.now()
        const done = await this.#attempt(group, deadline)
        this.#committed(group.length, performance.now() - beganMs)
        for (const tell of done) tell()
        return
      } catch (error) {
        const again = isConflict(error) || isConnectionFault(error)
        if (!again || performance.now() > deadline) {
          for (const waiting of group) waiting.reject(storageProblem(error))
          return
        }
        await delay(Math.random() * Math.min(4 * 2 ** attempt, longestPauseMs))
      }
    }
  }

  /** Answers how to tell the callers, to be done after the commit. */
  async #attempt(group: Waiting[], deadline: number): Promise<(() => void)[]> {
    const client = await this.#pool.connect()
    // A connection that may be in the middle of something is not used again.
    let broken = true
    try {
      const session = this.#sessionOf(client)
      const transactionId = await begin(client)
      const done: (() => void)[] = []
      session.late.cut(0)
      for (const waiting of group) done.push(await runInSavepoint(client, session, waiting))
      await session.late.flush()
      await this.#commit(client, transactionId, deadline)
      broken = false
      return done
    } finally {
      client.release(broken)
    }
  }

  #sessionOf(client: PoolClient): PostgresSession {
    let session = this.#sessions.get(client)
    if (!session) {
      // Its queries tell of the connection's end; unheard, the event would end the process.
      client.on('error', () => {})
      session = new PostgresSession(client, true)
      this.#sessions.set(client, session)
    }
    return session
  }

  /** A commit whose answer was lost has happened or has not: the server knows, and is asked until it tells. */
  async #commit(client: PoolClient, transactionId: string, deadline: number): Promise<void> {
    try {
      await client.query('COMMIT')
    } catch (error) {
      if (!isConnectionFault(error) || !(await this.#wasCommitted(transactionId, deadline))) throw error
    }
  }

  async #wasCommitted(transactionId: string, deadline: number): Promise<boolean> {
    for (;;) {
      try {
        const { rows } = await this.#asking.query('SELECT pg_xact_status($1::xid8) AS status', [
          transactionId,
        ])
        if (rows[0].status !== 'in progress') return rows[0].status === 'committed'
      } catch (error) {
        if (!isConnectionFault(error)) throw error
      }
      if (performance.now() > deadline) {
        throw new Problem(
          'audit-unavailable',
          'The store went away while the change was put into it: look whether it is there before you repeat it.',
          { retryAfterS: 5 },
        )
      }
      await delay(longestPauseMs)
    }
  }
}

/** Answers the transaction's id. */
async function begin(client: PoolClient): Promise<string> {
  // Statements in one message answer with a list of results.
  const results: unknown = await client.query(
    `BEGIN; SELECT pg_advisory_xact_lock(${writeLock}), pg_current_xact_id()::text AS id; SAVEPOINT body`,
  )
  const [, named] = results as { rows: { id: string }[] }[]
  return named?.rows[0]?.id ?? ''
}

async function runInSavepoint(
  client: PoolClient,
  session: PostgresSession,
  { body, resolve, reject }: Waiting,
): Promise<() => void> {
  const late = session.late.count
  try {
    const value = await body(session)
    await release(client)
    const told = session.announcements.take()
    return () => resolve({ value: value as never, told })
  } catch (error) {
    session.announcements.take()
    if (isConflict(error) || isConnectionFault(error)) throw error
    await client.query('ROLLBACK TO SAVEPOINT body')
    session.late.cut(late)
    return () => reject(storageProblem(error))
  }
}

/** Keeps what the body did, and is ready for the next. */
async function release(client: PoolClient): Promise<void> {
  try {
    await client.query('RELEASE SAVEPOINT body; SAVEPOINT body')
  } catch (error) {
    if (isConnectionFault(error)) throw error
    throw new Error('a statement of the transaction failed, and the body went on', { cause: error })
  }
}
