import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { count } from 'drizzle-orm'
import { describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../src/cluster/clock.ts'
import { newId } from '../../src/cluster/id.ts'
import { type OpenOptions, openSqlite } from '../../src/store/open.ts'
import { StoreRefusal } from '../../src/store/store-refusal.ts'
import { findTeam, putTeam } from '../../src/store/teams.ts'

const who = {
  actor: { type: 'system', id: 'test', displayName: 'test', authMethod: 'internal' },
  requestId: 'req_test',
  context: { ip: null, userAgent: null, interface: 'cli' },
} as const

class Place implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'clustergate-store-'))
  readonly path = join(this.folder, 'gateway.db')

  open(options: Partial<OpenOptions> = {}) {
    return openSqlite({ path: this.path, clock: systemClock, newId, ...options })
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true })
  }
}

describe('a database', () => {
  test('is opened by one process at a time, and says what to do', async () => {
    using place = new Place()
    await using _first = place.open()
    expect(() => place.open()).toThrow(StoreRefusal)
    expect(() => place.open()).toThrow(/in use by another clustergate process/)
  })

  test('can be opened again after it was closed, with what it held', async () => {
    using place = new Place()
    {
      await using store = place.open()
      await putTeam(store, { who }, 'search', { duplicateWindowMs: 1000 })
    }
    await using store = place.open()
    expect(await findTeam(store.reader, 'search')).toMatchObject({ duplicateWindowMs: 1000 })
  })

  test('that a newer version has changed is refused', async () => {
    using place = new Place()
    await place.open()[Symbol.asyncDispose]()
    const db = new Database(place.path)
    db.exec(`INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('from the future', 9999999999999)`)
    db.close()
    expect(() => place.open()).toThrow(/newer clustergate/)
  })

  test('is a write-ahead log whose checkpoints sync, with foreign keys enforced', async () => {
    using place = new Place()
    await place.open()[Symbol.asyncDispose]()
    await using store = place.open()
    const settings = await store.write(async ({ db }) => ({
      synchronous: db.get<{ synchronous: number }>('PRAGMA synchronous').synchronous,
      journal: db.get<{ journal_mode: string }>('PRAGMA journal_mode').journal_mode,
      foreignKeys: db.get<{ foreign_keys: number }>('PRAGMA foreign_keys').foreign_keys,
    }))
    expect(settings).toEqual({ synchronous: 1, journal: 'wal', foreignKeys: 1 })
  })
})

/** A disk that takes as long as it is told to, and may fail. */
class SlowDisk {
  #waiting: PromiseWithResolvers<void>[] = []
  #asked = Promise.withResolvers<void>()
  syncs = 0

  sync = (): Promise<void> => {
    this.syncs += 1
    const waiting = Promise.withResolvers<void>()
    this.#waiting.push(waiting)
    this.#asked.resolve()
    return waiting.promise
  }

  async isAsked(): Promise<void> {
    await this.#asked.promise
    this.#asked = Promise.withResolvers()
  }

  finish(error?: Error): void {
    for (const { resolve, reject } of this.#waiting.splice(0)) error ? reject(error) : resolve()
  }
}

describe('a power cut takes nothing that was told:', () => {
  const window = { duplicateWindowMs: null }

  test('a write is answered, and shown to readers, only after its commit is on disk', async () => {
    using place = new Place()
    const disk = new SlowDisk()
    await using store = place.open({ sync: disk.sync })
    let answered = false
    const writing = putTeam(store, { who }, 'search', window).then(() => {
      answered = true
    })
    await disk.isAsked()
    expect(await findTeam(store.reader, 'search')).toBeUndefined()
    expect(answered).toBe(false)
    disk.finish()
    await writing
    expect(await findTeam(store.reader, 'search')).toBeDefined()
  })

  test('a refusal that rests on another write is answered after that one is on disk', async () => {
    using place = new Place()
    const disk = new SlowDisk()
    await using store = place.open({ sync: disk.sync })
    const order: string[] = []
    const first = putTeam(store, { who }, 'search', window).then(() => order.push('first'))
    await disk.isAsked()
    const second = putTeam(store, { who, ifMatch: '"7"' }, 'search', window).catch(() => order.push('second'))
    disk.finish()
    await first
    await disk.isAsked()
    disk.finish()
    await second
    expect(order).toEqual(['first', 'second'])
  })

  test('writes that wait together share one sync', async () => {
    using place = new Place()
    const disk = new SlowDisk()
    await using store = place.open({ sync: disk.sync })
    const writing = ['a', 'b', 'c'].map((team) => putTeam(store, { who }, team, window))
    await disk.isAsked()
    disk.finish()
    await Promise.all(writing)
    expect(disk.syncs).toBe(1)
  })

  test('after a sync that failed nothing more is written, since a later one would prove nothing', async () => {
    using place = new Place()
    const disk = new SlowDisk()
    await using store = place.open({ sync: disk.sync })
    const writing = putTeam(store, { who }, 'search', window)
    await disk.isAsked()
    disk.finish(Object.assign(new Error('i/o error'), { code: 'EIO' }))
    await expect(writing).rejects.toMatchObject({ code: 'audit-unavailable' })
    await expect(putTeam(store, { who }, 'ml', window)).rejects.toMatchObject({ code: 'audit-unavailable' })
    expect(disk.syncs).toBe(1)
    expect(await findTeam(store.reader, 'ml')).toBeUndefined()
  })
})

test('the write-ahead log is copied into the database while writes go on, and begun anew', async () => {
  using place = new Place()
  await using store = place.open()
  const write = (round: number) =>
    store.write(async (session) => {
      for (let row = 0; row < 500; row++) {
        const key = `${round} ${row}`
        await session.db.insert(session.tables.meta).values({ key, value: 'x'.repeat(1000) })
      }
    })
  // A snapshot keeps the log as it is; what is written meanwhile is copied when that is over.
  const snapshot = await store.snapshot()
  for (let round = 0; round < 80; round++) await write(round)
  const whole = statSync(`${place.path}-wal`).size
  expect(whole).toBeGreaterThan(40_000_000)
  snapshot[Symbol.dispose]()
  for (let round = 80; round < 240; round++) await write(round)
  expect(statSync(place.path).size).toBeGreaterThan(80_000_000)
  expect(statSync(`${place.path}-wal`).size).toBeLessThan(2 * whole)
  const { db, tables } = store.reader
  expect(await db.select({ rows: count() }).from(tables.meta)).toEqual([{ rows: 120_002 }])
})

describe('a write', () => {
  test('that fails leaves nothing behind, and does not touch those that share its commit', async () => {
    using place = new Place()
    await using store = place.open()
    const failing = store.write(async (session) => {
      await session.db.insert(session.tables.meta).values({ key: 'half', value: 'done' })
      throw new Error('no')
    })
    const fine = putTeam(store, { who }, 'search', { duplicateWindowMs: null })
    await expect(failing).rejects.toThrow('no')
    await fine
    const rows = await store.reader.db.select().from(store.reader.tables.meta)
    expect(rows.map(({ key }) => key)).not.toContain('half')
  })

  test('is not seen before its commit, and always after', async () => {
    using place = new Place()
    await using store = place.open()
    const keys = async () => {
      const { db, tables } = store.reader
      return (await db.select().from(tables.meta)).map(({ key }) => key)
    }
    await store.write(async (session) => {
      await session.db.insert(session.tables.meta).values({ key: 'new', value: 'x' })
      expect(await keys()).not.toContain('new')
    })
    expect(await keys()).toContain('new')
  })

  test('is refused with audit-unavailable while somebody holds the lock, and reading goes on', async () => {
    using place = new Place()
    await using store = place.open({ writeDeadlineMs: 50 })
    const intruder = new Database(place.path)
    intruder.exec('BEGIN IMMEDIATE')
    await expect(putTeam(store, { who }, 'search', { duplicateWindowMs: null })).rejects.toMatchObject({
      code: 'audit-unavailable',
      retryable: true,
    })
    expect(await findTeam(store.reader, 'search')).toBeUndefined()
    intruder.close()
    await putTeam(store, { who }, 'search', { duplicateWindowMs: null })
  })

  test('waits for the lock no longer than its deadline, however many are before it', async () => {
    using place = new Place()
    await using store = place.open({ writeDeadlineMs: 1000 })
    const intruder = new Database(place.path)
    intruder.exec('BEGIN IMMEDIATE')
    const now = vi.spyOn(performance, 'now').mockReturnValue(0)
    // More than share a commit, all of them handed in at once.
    const writes = Array.from({ length: 200 }, (_, i) =>
      putTeam(store, { who }, `team-${i}`, { duplicateWindowMs: null }),
    )
    // From here on the clock stands: one that began to wait only now would wait for ever.
    now.mockReturnValue(1001)
    for (const end of await Promise.allSettled(writes)) {
      expect(end).toMatchObject({ status: 'rejected', reason: { code: 'audit-unavailable' } })
    }
    now.mockRestore()
    intruder.close()
    await putTeam(store, { who }, 'after', { duplicateWindowMs: null })
  })

  test('is refused with audit-unavailable when the disk is full, reading goes on, and nothing is lost', async () => {
    using place = new Place()
    await using store = place.open()
    await putTeam(store, { who }, 'before', { duplicateWindowMs: null })
    const pages = await store.write(
      async ({ db }) => db.get<{ page_count: number }>('PRAGMA page_count').page_count,
    )
    await store.write(async ({ db }) => void db.get(`PRAGMA max_page_count = ${pages}`))
    const big = store.write(async (session) => {
      await session.db.insert(session.tables.meta).values({ key: 'big', value: 'x'.repeat(1_000_000) })
    })
    await expect(big).rejects.toMatchObject({ code: 'audit-unavailable' })
    expect(await findTeam(store.reader, 'before')).toBeDefined()
    await store.write(async ({ db }) => void db.get('PRAGMA max_page_count = 1073741823'))
    await putTeam(store, { who }, 'after', { duplicateWindowMs: null })
  })
})
