import { once } from 'node:events'
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { newId } from '../../src/cluster/id.ts'
import { createApiKey, findUsableKey, revokeApiKey } from '../../src/store/api-keys.ts'
import type { Session, Store } from '../../src/store/store.ts'
import { findTeam, putTeam } from '../../src/store/teams.ts'
import { withClient } from '../engine/databases.ts'
import { Place, who } from './place.ts'

const window = { duplicateWindowMs: null }

/** Counts one up, in a row that must have been read before. */
async function countUp({ db, tables: { meta } }: Session): Promise<void> {
  const [row] = await db.select().from(meta).where(eq(meta.key, 'count'))
  const value = String(Number(row?.value ?? 0) + 1)
  if (row) await db.update(meta).set({ value }).where(eq(meta.key, 'count'))
  else await db.insert(meta).values({ key: 'count', value })
}

async function counted({ reader: { db, tables } }: Store): Promise<string | undefined> {
  const [row] = await db.select().from(tables.meta).where(eq(tables.meta.key, 'count'))
  return row?.value
}

describe('a write', () => {
  test('that fails leaves nothing behind', async () => {
    await using place = await Place.make()
    await using store = place.open()
    const failing = store.write(async (session) => {
      await countUp(session)
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow(/^no$/)
    expect(await counted(store)).toBeUndefined()
  })

  test('of which many change the same row at once, in several processes, loses none', async () => {
    await using place = await Place.make()
    await using one = place.open({ writeDeadlineMs: 40_000 })
    await using other = place.open({ writeDeadlineMs: 40_000 })
    const stores = [one, other]
    await Promise.all(Array.from({ length: 40 }, (_, i) => stores[i % 2]?.write(countUp)))
    expect(await counted(one)).toBe('40')
  })

  test('whose statement failed is not taken for done when the body goes on', async () => {
    await using place = await Place.make()
    await using store = place.open()
    const careless = store.write(async (session) => {
      await countUp(session)
      await session.db
        .insert(session.tables.meta)
        .values({ key: 'count', value: 'x' })
        .catch(() => {})
    })
    await expect(careless).rejects.toThrow(/went on/)
    expect(await counted(store)).toBeUndefined()
  })

  test('shows no value of a failed statement in its error', async () => {
    await using place = await Place.make()
    await using store = place.open()
    const failing = store.write(async ({ db, tables }) => {
      await db.insert(tables.meta).values({ key: 'a secret of somebody', value: null as never })
    })
    const error = await failing.catch((caught: unknown) => caught as Error)
    expect(error).toBeInstanceOf(Error)
    expect(String((error as Error).message)).not.toContain('secret')
  })

  test('is made once although the connection ended while it committed', async () => {
    await using place = await Place.make()
    await using store = place.open()
    const cut = once(store.events, 'due')
    let cutting: Promise<unknown> | undefined
    await store.write(async (session) => {
      await countUp(session)
      session.announce('due')
      // The commit is sent over a connection that has ended: the first attempt fails, at whatever point.
      cutting ??= place.cut()
    })
    await Promise.all([cut, cutting])
    expect(await counted(store)).toBe('1')
  })

  test('is refused with audit-unavailable when the server is away, and a read with storage-unavailable', async () => {
    await using place = await Place.make()
    await using store = place.open({ url: 'postgres://u:p@127.0.0.1:1/none', writeDeadlineMs: 10 })
    await expect(putTeam(store, { who }, 'search', window)).rejects.toMatchObject({
      code: 'audit-unavailable',
      retryable: true,
    })
    await expect(findTeam(store.reader, 'search')).rejects.toMatchObject({
      code: 'storage-unavailable',
      retryable: true,
    })
  })
})

test('reads and writes go on after every connection was ended', async () => {
  await using place = await Place.make()
  await using store = place.open()
  await Promise.all(['a', 'b', 'c'].map((team) => putTeam(store, { who }, team, window)))
  await Promise.all(['a', 'b', 'c'].map((team) => findTeam(store.reader, team)))
  await place.cut()
  expect(await findTeam(store.reader, 'a')).toBeDefined()
  await putTeam(store, { who }, 'd', window)
  expect(await findTeam(store.reader, 'd')).toBeDefined()
})

describe('on another replica', () => {
  test('a key that was revoked opens nothing from then on', async () => {
    await using place = await Place.make()
    await using one = place.open()
    await using other = place.open()
    const scopes = [{ role: 'viewer' as const, team: 'search' }]
    const key = { id: newId('key'), displayName: 'k', scopes, expireTime: null }
    await createApiKey(one, { who }, { ...key, hash: 'h' })
    expect(await findUsableKey(other, 'h')).toBeDefined()
    await revokeApiKey(one, { who }, key.id)
    expect(await findUsableKey(other, 'h')).toBeUndefined()
  })

  test('what is announced is heard, also after its connection has been cut', async () => {
    await using place = await Place.make()
    await using one = place.open()
    await using other = place.open()
    // It says so once it listens, since something may have been missed before.
    await once(other.events, 'due')
    const heard = once(other.events, 'cluster')
    await one.write(async (session) => session.announce('cluster', 'clu_1'))
    expect(await heard).toEqual(['clu_1'])
    const listensAgain = once(other.events, 'due')
    await place.cut()
    await listensAgain
    const heardAgain = once(other.events, 'reconnect')
    await one.write(async (session) => session.announce('reconnect', 'con_1'))
    expect(await heardAgain).toEqual(['con_1'])
  })

  test('what no replica would announce is passed over', async () => {
    await using place = await Place.make()
    await using one = place.open()
    await using other = place.open()
    await once(other.events, 'due')
    const heard = once(other.events, 'cluster')
    await withClient(place.url, async (client) => {
      for (const text of ['', 'no JSON', 'null', '{"told":7}', '{"told":[["error"],7,[],["commit","x"]]}']) {
        await client.query('SELECT pg_notify($1, $2)', ['clustergate', text])
      }
    })
    await one.write(async (session) => session.announce('cluster', 'clu_1'))
    expect(await heard).toEqual(['clu_1'])
  })

  test('nothing is announced of a write that failed', async () => {
    await using place = await Place.make()
    await using one = place.open()
    const heard: string[] = []
    one.events.on('cluster', (id) => heard.push(id))
    const failing = one.write(async (session) => {
      session.announce('cluster', 'clu_never')
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    const done = once(one.events, 'connection')
    await one.write(async (session) => {
      session.announce('cluster', 'clu_made')
      session.announce('connection', 'con_1')
    })
    await done
    expect(heard).toEqual(['clu_made'])
  })
})
