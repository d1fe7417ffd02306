import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../../src/cluster/id.ts'
import { recordClusterChanges } from '../../src/store/cluster-changes.ts'
import { type ClusterRow, readClusterRow, updateClusterRow } from '../../src/store/cluster-rows.ts'
import { openSqlite } from '../../src/store/open.ts'
import { earliestInstant } from '../../src/store/past-instants.ts'
import { findPastRow } from '../../src/store/past-rows.ts'
import { pruneVersions } from '../../src/store/prune-versions.ts'
import { who } from '../bench/orders.ts'
import { Inventory, startTime } from './inventory.ts'
import { brokenVersions } from './version-chain.ts'

let inventory: Inventory
let row: ClusterRow

beforeEach(async () => {
  inventory = new Inventory()
  row = await inventory.begin()
})

afterEach(() => inventory[Symbol.asyncDispose]())

async function versions() {
  const { db, tables } = inventory.store.reader
  return db.select().from(tables.clusterVersions)
}

/** Changes the cluster, and writes that down, as every change does. */
function change(patch: Partial<ClusterRow>, fails = false): Promise<void> {
  const { store } = inventory
  return store.write(async (session) => {
    const before = await readClusterRow(session, row.id)
    const after = await updateClusterRow(store, session, before, patch)
    await recordClusterChanges(store, session, who, { before, after }, [])
    if (fails) throw new Error('It is not to be.')
  })
}

describe('a version', () => {
  test('is kept by what ends it, and by nothing else: not by a create, nor by another look', async () => {
    expect(await versions()).toEqual([])
    inventory.clock.time += 1000
    await change({ observedTime: inventory.clock.time, observedVia: 'poll', dueTime: 7, leaseOwner: 'x' })
    expect(await versions()).toEqual([])
    await change({ state: 'READY' })
    expect(await versions()).toMatchObject([
      {
        id: row.id,
        version: 1,
        state: 'PENDING',
        updateTime: startTime,
        validUntil: startTime + 1000,
        endedBy: { action: 'cluster.observe', actor: { id: who.actor.id } },
      },
    ])
    expect(await brokenVersions(inventory.store)).toEqual([])
  })

  test('of a change that is taken back is not kept, and those beside it in the same commit are', async () => {
    const results = await Promise.allSettled([
      change({ displayName: 'One' }),
      change({ displayName: 'Two' }, true),
      change({ displayName: 'Three' }),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect((await versions()).map(({ displayName }) => displayName).sort()).toEqual(
      ['One', row.displayName].sort(),
    )
    expect(await brokenVersions(inventory.store)).toEqual([])
  })

  test('does not end before it began when the clock is set back', async () => {
    inventory.clock.time += 5000
    await change({ displayName: 'Late' })
    inventory.clock.time -= 3000
    await change({ displayName: 'Early' })
    expect(await brokenVersions(inventory.store)).toEqual([])
    expect((await findPastRow(inventory.store.reader, row.id, startTime + 4999))?.displayName).toBe(
      row.displayName,
    )
    expect((await findPastRow(inventory.store.reader, row.id, startTime + 5000))?.displayName).toBe('Early')
  })

  test('tells nothing of who asked for it beside the creator, nor of how the gateway works on it', async () => {
    const approval = {
      status: 'APPROVED' as const,
      rules: [],
      role: 'admin' as const,
      requestedBy: row.createdBy,
      askers: ['key_secret'],
      requestTime: startTime,
      expireTime: startTime,
      decidedBy: null,
      decideTime: null,
      reason: null,
    }
    await change({ approval, work: { requestId: 'req_hidden' }, access: { endpoint: 'https://hidden' } })
    await change({ state: 'READY' })
    const text = JSON.stringify(await versions())
    for (const hidden of ['key_secret', 'req_hidden', 'https://hidden']) expect(text).not.toContain(hidden)
  })
})

test('retention removes versions in steps, and never one that is needed at the first instant that is left', async () => {
  for (let i = 1; i <= 600; i++) {
    inventory.clock.time = startTime + i * 1000
    await change({ displayName: `Name ${i}` })
  }
  const { store } = inventory
  const cutoff = startTime + 550_000
  expect(await pruneVersions(store, cutoff)).toBe(500)
  expect(await earliestInstant(store.reader)).toBe(startTime + 500_000)
  expect((await findPastRow(store.reader, row.id, startTime + 500_000))?.displayName).toBe('Name 500')
  expect(await pruneVersions(store, cutoff)).toBe(50)
  expect(await earliestInstant(store.reader)).toBe(cutoff)
  expect((await findPastRow(store.reader, row.id, cutoff))?.displayName).toBe('Name 550')
  expect(await pruneVersions(store, cutoff)).toBe(0)
  expect(await brokenVersions(store)).toEqual([])
})

test('of a database from before versions were kept, the past begins with its first start since', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'clustergate-before-'))
  const clock = { time: startTime, now: () => clock.time }
  const open = () => openSqlite({ path: join(folder, 'test.db'), clock, newId, synchronous: 'OFF' })
  const earliest = async () => {
    await using store = open()
    return earliestInstant(store.reader)
  }
  expect(await earliest()).toBe(startTime)
  {
    // As the migration leaves it: the table is there, and nobody has said since when.
    await using store = open()
    await store.write(async ({ db, tables }) => void (await db.delete(tables.meta)))
  }
  clock.time += 1000
  expect(await earliest()).toBe(startTime + 1000)
  clock.time += 1000
  expect(await earliest()).toBe(startTime + 1000)
  rmSync(folder, { recursive: true })
})
