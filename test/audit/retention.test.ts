import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { isQueueEmpty } from '../../src/store/sequence-audit.ts'
import { dayMs, LogFixture } from './log-fixture.ts'

/** Twelve entries, of which retention of ten days has pruned the first eight; the entry that says so is the thirteenth. */
async function prunedLog(): Promise<{ log: LogFixture; ids: string[] }> {
  const log = await LogFixture.open()
  const ids = await log.batch(3)
  ids.push(...(await log.batch(5)))
  log.clock.time += 8 * dayMs
  ids.push(...(await log.batch(4)))
  log.clock.time += 8 * dayMs
  const sequencer = log.sequencer(10 * dayMs)
  await sequencer.prune()
  await sequencer.sequence()
  return { log, ids }
}

describe('retention', () => {
  test('is off by default', async () => {
    await using log = await LogFixture.open()
    await log.batch(3)
    log.clock.time += 10_000 * dayMs
    await log.sequencer().prune()
    expect(await log.verify()).toMatchObject({ ok: true, entries: 3, pruned: 0 })
  })

  test('removes what is older and nothing else, says so in the log, and the log still proves itself', async () => {
    const { log: opened } = await prunedLog()
    await using log = opened
    const known = { keys: await log.keys(), receipts: log.receipts }
    const expected = { ok: true, treeSize: 13, entries: 5, pruned: 8, findings: [] }
    expect(await log.verify(known)).toMatchObject(expected)
    expect(await log.verifyExport(known)).toMatchObject(expected)
    const { auditEntries } = log.store.reader.tables
    const entries = await log.store.reader.db.select().from(auditEntries)
    const { reader } = log.store
    const found = await reader.db.select().from(reader.tables.auditTargets)
    const words = await reader.db.all(sql`select entry_id from audit_search`)
    expect(new Set(found.map(({ entryId }) => entryId))).toEqual(new Set(entries.map(({ id }) => id)))
    expect(words).toHaveLength(entries.length)
    const [prune] = entries.filter(({ action }) => action === 'audit.prune')
    expect(JSON.parse(prune?.document ?? '')).toMatchObject({
      actor: { id: 'sequencer' },
      changes: [
        { path: '/prunedBefore', before: 0, after: 8 },
        { path: '/prunedEntries', before: null, after: 8 },
      ],
    })
  })

  test('goes on from where it stopped, and once more prunes what it wrote itself', async () => {
    const { log: opened } = await prunedLog()
    await using log = opened
    for (const pruned of [12, 13, 14]) {
      log.clock.time += 11 * dayMs
      await log.sequencer(10 * dayMs).prune()
      await log.sequencer().sequence()
      const report = await log.verify()
      expect(report).toMatchObject({ ok: true })
      expect(report.pruned).toBeGreaterThanOrEqual(pruned)
      expect(report.entries).toBeGreaterThan(0)
    }
  })

  test('of more than a batch is in batches, each with its entry', async () => {
    await using log = await LogFixture.open()
    await log.batch(1100)
    log.clock.time += 11 * dayMs
    const sequencer = log.sequencer(10 * dayMs)
    await sequencer.prune()
    await sequencer.sequence()
    expect(await log.verify()).toMatchObject({ ok: true, pruned: 1100, entries: 3 })
  })

  test('is never seen without the entry that accounts for it', async () => {
    await using log = await LogFixture.open()
    await log.batch(8)
    log.clock.time += 11 * dayMs
    await log.sequencer(10 * dayMs).prune()
    const expected = { ok: true, pruned: 8, entries: 1, findings: [] }
    expect(await log.verify()).toMatchObject({ ...expected, waiting: 0 })
    expect(await log.verifyExport()).toMatchObject(expected)
  })

  test('of many batches keeps no other entry waiting for its place until the last', async () => {
    await using log = await LogFixture.open()
    await log.batch(1100)
    log.clock.time += 11 * dayMs
    await log.write()
    const empty: Promise<boolean>[] = []
    log.store.events.on('sequenced', () => void empty.push(isQueueEmpty(log.store)))
    await log.sequencer(10 * dayMs).prune()
    expect(await Promise.all(empty)).toEqual([true, true, true])
  })

  test('never removes an entry that has no place in the log yet', async () => {
    await using log = await LogFixture.open()
    await log.write()
    log.clock.time += 11 * dayMs
    await log.sequencer(10 * dayMs).prune()
    expect(await log.verify()).toMatchObject({ ok: true, treeSize: 0, waiting: 1 })
  })
})

describe('after retention is found and named:', () => {
  test('an entry deleted that retention had left', async () => {
    const { log: opened, ids } = await prunedLog()
    await using log = opened
    await log.tamper((db) => db.prepare('DELETE FROM audit_entries WHERE id = ?').run(ids[9]))
    for (const report of [await log.verify(), await log.verifyExport()]) {
      expect(report.findings).toMatchObject([{ kind: 'deleted', index: 9, last: 9, entry: ids[9] }])
    }
  })

  test('the edited leaf hash of a pruned entry', async () => {
    const { log: opened, ids } = await prunedLog()
    await using log = opened
    await log.tamper((db) => db.exec('UPDATE audit_leaves SET leaf_hash = zeroblob(32) WHERE leaf_index = 5'))
    for (const report of [await log.verify(), await log.verifyExport()]) {
      expect(report.findings).toMatchObject([
        { kind: 'changed', index: 3, last: 7, entry: ids[3], lastEntry: ids[7] },
      ])
    }
  })

  test('the deleted entry of the pruning, without which nothing accounts for what is gone', async () => {
    const { log: opened } = await prunedLog()
    await using log = opened
    await log.tamper((db) => db.exec("DELETE FROM audit_entries WHERE action = 'audit.prune'"))
    const { findings } = await log.verify()
    expect(findings).toMatchObject([
      { kind: 'deleted', index: 0, last: 7 },
      { kind: 'deleted', index: 12, last: 12 },
    ])
  })

  test('an entry of a pruning that was edited to cover more', async () => {
    const { log: opened } = await prunedLog()
    await using log = opened
    await log.tamper((db) => {
      db.exec(
        `UPDATE audit_entries SET document = replace(document, '"after":8,', '"after":10,') WHERE action = 'audit.prune'`,
      )
      db.exec(
        'DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM audit_leaves WHERE leaf_index = 9)',
      )
    })
    const { findings } = await log.verify()
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'edited', index: 12 }))
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'deleted', index: 9 }))
  })
})
