import { setTimeout as delay } from 'node:timers/promises'
import type { Pool, PoolClient } from 'pg'
import { Problem } from '../cluster/problem.ts'
import type { Announcements } from './announcements.ts'
import { isConflict, isConnectionFault, isTaken, storageProblem } from './postgres-faults.ts'
import { PostgresSession } from './postgres-session.ts'
import type { Session } from './session.ts'

/** Attempts that may find a row of their key there: the second one sees the row, unless the code never looks. */
const takenAttempts = 3
const longestPauseMs = 100

export interface Written<T> {
  value: T
  told: ReturnType<Announcements['take']>
}

/**
 * Runs each body in a SERIALIZABLE transaction of its own, several at a time, and again where it met another: a body
 * must change nothing but the database. What is left of an attempt that failed is nothing at all.
 */
export class PostgresWriter {
  readonly #pool: Pool
  readonly #asking: Pool
  readonly #deadlineMs: number
  readonly #sessions = new WeakMap<PoolClient, PostgresSession>()

  /** `asking` tells what became of a commit: the connections of `pool` may all be waiting for that. */
  constructor(pool: Pool, asking: Pool, deadlineMs: number) {
    this.#pool = pool
    this.#asking = asking
    this.#deadlineMs = deadlineMs
  }

  async write<T>(body: (session: Session) => Promise<T>): Promise<Written<T>> {
    const deadline = performance.now() + this.#deadlineMs
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(body, deadline)
      } catch (error) {
        const again =
          isConflict(error) || isConnectionFault(error) || (isTaken(error) && attempt < takenAttempts)
        if (!again || performance.now() > deadline) throw storageProblem(error)
        // With no jitter those that met would meet again.
        await delay(Math.random() * Math.min(4 * 2 ** attempt, longestPauseMs))
      }
    }
  }

  async #attempt<T>(body: (session: Session) => Promise<T>, deadline: number): Promise<Written<T>> {
    const client = await this.#pool.connect()
    const session = this.#sessionOf(client)
    // A connection that may be in the middle of something is not used again.
    let broken = true
    try {
      const transactionId = await begin(client)
      const value = await body(session)
      await this.#commit(client, transactionId, deadline)
      broken = false
      return { value, told: session.announcements.take() }
    } catch (error) {
      session.announcements.take()
      if (!(error instanceof CommitFailed)) broken = !(await rolledBack(client))
      throw error instanceof CommitFailed ? error.cause : error
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
    let ended: string
    try {
      ended = (await client.query('COMMIT')).command
    } catch (error) {
      if (!isConnectionFault(error)) throw new CommitFailed(error)
      if (await this.#wasCommitted(transactionId, deadline)) return
      throw new CommitFailed(error)
    }
    if (ended !== 'COMMIT') throw new Error('a statement of the transaction failed, and the body went on')
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
          'storage-unavailable',
          'The store went away while the change was put into it: look whether it is there before you repeat it.',
          { retryAfterS: 5 },
        )
      }
      await delay(longestPauseMs)
    }
  }
}

/** Tells a commit that failed from a body that did: there is nothing to roll back. */
class CommitFailed extends Error {
  constructor(cause: unknown) {
    super('the commit failed', { cause })
  }
}

async function begin(client: PoolClient): Promise<string> {
  // Two statements in one message answer with a list of results.
  const results: unknown = await client.query(
    'BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT pg_current_xact_id()::text AS id',
  )
  const [, named] = results as { rows: { id: string }[] }[]
  return named?.rows[0]?.id ?? ''
}

async function rolledBack(client: PoolClient): Promise<boolean> {
  return client.query('ROLLBACK').then(
    () => true,
    () => false,
  )
}
