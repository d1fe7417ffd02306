import { close, fdatasync, openSync } from 'node:fs'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import type Database from 'better-sqlite3'

const syncFile = promisify(fdatasync)
const closeFile = promisify(close)

/** Pages in the write-ahead log after which they are copied into the database: 32 MiB. */
const longLog = 8192

/**
 * What makes the writer's commits durable, off the thread that answers requests. SQLite's own `synchronous = FULL`
 * waits for the disk inside COMMIT, and every reader of this thread with it; so the writer's connection commits with
 * NORMAL, which leaves the write-ahead log unsynced, and here the same fdatasync is made by the thread pool. Whoever
 * wrote is told after that, and no reader is shown the commit before (`shield`). NORMAL also keeps checkpoints in
 * order: the log is on disk before it is copied, and the copy before the log is written anew.
 */
export class Journal {
  readonly #fd: number
  readonly #path: string
  readonly #sync: (fd: number) => Promise<void>
  readonly #shield: Database.Statement
  readonly #state: Database.Statement
  /** How long the log was at the last try to copy it. */
  #triedPages = 0
  #copying = false
  #mostIsCopied = false
  #thread: Worker | null = null
  #failure: unknown = null
  #closed = false

  constructor(path: string, writing: Database.Database, reading: Database.Database, sync = syncFile) {
    this.#path = path
    this.#sync = sync
    writing.pragma('synchronous = NORMAL')
    writing.pragma('wal_autocheckpoint = 0')
    // SQLite's locks are on other files, so that closing this one looses none.
    this.#fd = openSync(`${path}-wal`, 'r+')
    this.#shield = reading.prepare('SELECT name FROM sqlite_master')
    this.#state = writing.prepare('PRAGMA wal_checkpoint(NOOP)').raw()
  }

  /**
   * Keeps the reader at the state before the commit to come, until the answered function is called. A query under way
   * holds its connection's snapshot, and others on that connection share it.
   */
  shield(): () => void {
    const query = this.#shield.iterate()
    query.next()
    return () => void query.return?.()
  }

  /** @throws when a sync has failed before: the kernel may hold lost pages for clean, so that another proves nothing */
  requireSound(): void {
    if (this.#failure) throw this.#failure
  }

  /** Resolves when all that was committed is on disk. @throws what the file system says */
  async sync(): Promise<void> {
    try {
      await this.#sync(this.#fd)
    } catch (error) {
      this.#failure = error
      throw error
    }
  }

  /**
   * Between turns of the writer: has the log copied into the database when it has grown long, by a thread of its own.
   * Most of it is copied beside the writer, which waits at a later turn while the rest is: only a log that is copied as
   * a whole is begun anew, by the next commit.
   */
  async checkpoint(): Promise<void> {
    if (this.#copying) return
    if (this.#mostIsCopied) {
      this.#mostIsCopied = false
      await this.#copy()
    } else if (this.#isLong()) {
      this.#copying = true
      this.#copy().then(() => {
        this.#copying = false
        this.#mostIsCopied = true
      })
    }
  }

  #isLong(): boolean {
    const [, pages, copied] = this.#state.get() as [busy: number, pages: number, copied: number]
    // What a snapshot still needs stays for another time.
    if (pages < this.#triedPages) this.#triedPages = 0
    if (pages - Math.max(copied, this.#triedPages) < longLog) return false
    this.#triedPages = pages
    return true
  }

  async #copy(): Promise<void> {
    this.#thread ??= startThread(this.#path)
    const thread = this.#thread
    await new Promise<void>((resolve) => {
      const done = () => {
        thread.off('message', done).off('error', fail)
        resolve()
      }
      // Without it the log only grows; the next time another thread tries.
      const fail = () => {
        this.#thread = null
        done()
      }
      thread.once('message', done).once('error', fail)
      thread.postMessage('checkpoint')
    })
  }

  async close(): Promise<void> {
    // The number may be another file's by the second time.
    if (this.#closed) return
    this.#closed = true
    await this.#thread?.terminate()
    await closeFile(this.#fd)
  }
}

function startThread(path: string): Worker {
  const thread = new Worker(new URL('./checkpoint-thread.ts', import.meta.url), { workerData: path })
  thread.unref()
  return thread
}
