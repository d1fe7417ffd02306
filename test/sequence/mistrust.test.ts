import Database from 'better-sqlite3'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { Frontier, leafHashOf } from '../../src/audit/verifier.mjs'
import { Sequencer } from '../../src/sequence/sequencer.ts'
import { findSigned } from '../../src/store/sequence-audit.ts'
import { LogFixture } from '../audit/log-fixture.ts'

const documentOf = (db: Database.Database, id: string) =>
  String(db.prepare('SELECT document FROM audit_entries WHERE id = ?').pluck().get(id))

function edit(db: Database.Database, id: string): string {
  const edited = documentOf(db, id).replace('"displayName":"test"', '"displayName":"somebody else"')
  db.prepare('UPDATE audit_entries SET document = ? WHERE id = ?').run(edited, id)
  return edited
}

/** An entry, its leaf, the nodes of the tree, all as if it had always said so. */
function rewrite(db: Database.Database, id: string): void {
  const edited = leafHashOf(edit(db, id))
  db.prepare('UPDATE audit_leaves SET leaf_hash = ? WHERE entry_id = ?').run(edited, id)
  const leaves = db.prepare('SELECT leaf_hash FROM audit_leaves ORDER BY leaf_index').pluck().all()
  db.exec('DELETE FROM audit_nodes')
  const frontier = new Frontier()
  for (const leaf of leaves as Buffer[]) {
    frontier.append(leaf, (...node) => {
      if (node[0] >= 4) db.prepare('INSERT INTO audit_nodes VALUES (?, ?, ?)').run(...node)
    })
  }
}

/** What a running sequencer tells of itself, line by line. */
function observed(log: LogFixture) {
  const lines: { msg: string; err?: { message: string }; entries?: string[] }[] = []
  const waiting: (() => void)[] = []
  const write = (line: string) => {
    lines.push(JSON.parse(line))
    for (const told of waiting.splice(0)) told()
  }
  const { store, vault, clock } = log
  const sequencer = new Sequencer({
    store,
    vault,
    clock,
    log: pino({ level: 'info' }, { write }),
    retentionMs: null,
  })
  const told = () => new Promise<void>((resolve) => void waiting.push(resolve))
  return { sequencer, lines, told }
}

/** Somebody writes the file of a gateway that runs. */
function meanwhile<T>(log: LogFixture, act: (db: Database.Database) => T): T {
  const db = new Database(log.path)
  db.pragma('busy_timeout = 5000')
  const result = db.transaction(() => act(db)).immediate()
  db.close()
  return result
}

/** Answers how to make the log what it is now, but for what was written to it meanwhile. */
function keepLog(db: Database.Database): (db: Database.Database) => void {
  const rowsOf = (table: string) => db.prepare(`SELECT * FROM ${table}`).raw().all() as unknown[][]
  const kept = ['audit_leaves', 'audit_nodes', 'audit_checkpoints'].map(
    (table) => [table, rowsOf(table)] as const,
  )
  const entries = db.prepare('SELECT document, id FROM audit_entries').raw().all() as string[][]
  return (later) => {
    for (const [table, rows] of kept) {
      later.exec(`DELETE FROM ${table}`)
      for (const row of rows) later.prepare(`INSERT INTO ${table} VALUES (?, ?, ?)`).run(...row)
    }
    for (const [document, id] of entries) {
      later.prepare('UPDATE audit_entries SET document = ? WHERE id = ?').run(document, id)
      later.prepare('DELETE FROM audit_queue WHERE entry_id = ?').run(id)
    }
  }
}

const checkpoints = (db: Database.Database) =>
  db.prepare('SELECT count(*) FROM audit_checkpoints').pluck().get()

describe('a sequencer that runs', () => {
  test.each<[string, (db: Database.Database, ids: string[]) => void]>([
    [
      'an edit computed anew, with the checkpoints over it removed',
      (db, ids) => {
        rewrite(db, ids[4] ?? '')
        db.exec('DELETE FROM audit_checkpoints WHERE size > 3')
      },
    ],
    [
      'the same with all checkpoints removed',
      (db, ids) => {
        rewrite(db, ids[1] ?? '')
        db.exec('DELETE FROM audit_checkpoints')
      },
    ],
    [
      'an end cut off at a checkpoint and put into the queue again, edited',
      (db, ids) => {
        edit(db, ids[5] ?? '')
        db.exec(
          'DELETE FROM audit_leaves WHERE leaf_index >= 3; DELETE FROM audit_checkpoints WHERE size > 3',
        )
        for (const id of ids.slice(3)) {
          db.prepare('INSERT INTO audit_queue VALUES (?, ?)').run(id, leafHashOf(documentOf(db, id)))
        }
      },
    ],
    [
      'a leaf more',
      (db) => void db.prepare("INSERT INTO audit_leaves VALUES (6, 'aud_x', ?)").run(leafHashOf('x')),
    ],
    ['a leaf less', (db) => void db.exec('DELETE FROM audit_leaves WHERE leaf_index = 5')],
  ])('signs nothing over %s, says so, and goes on when all is as it was', async (_, tamper) => {
    await using log = await LogFixture.open()
    const ids = [...(await log.batch(3)), ...(await log.batch(3))]
    const { sequencer, lines, told } = observed(log)
    await sequencer.sequence()
    const restore = meanwhile(log, keepLog)
    meanwhile(log, (db) => tamper(db, ids))
    const signed = meanwhile(log, checkpoints)
    await log.write()
    const stopped = told()
    const running = sequencer.run()
    await stopped
    expect(sequencer.state).toBe('stopped')
    expect(lines).toMatchObject([{ level: 50, msg: expect.stringContaining('not what was signed') }])
    expect(meanwhile(log, checkpoints)).toBe(signed)
    const recovered = told()
    meanwhile(log, restore)
    await recovered
    expect(sequencer.state).toBe('working')
    sequencer.stop()
    await running
    expect(await log.verify()).toMatchObject({ ok: true, treeSize: 7, waiting: 0 })
  })

  test('takes what another process signed after it', async () => {
    await using log = await LogFixture.open()
    await log.batch(3)
    const sequencer = log.sequencer()
    await sequencer.sequence()
    await log.batch(20)
    await log.write()
    await sequencer.sequence()
    expect(await log.verify()).toMatchObject({ ok: true, treeSize: 24, waiting: 0 })
  })

  test('passes over what can have no place, gives others theirs, and says so until it is gone', async () => {
    await using log = await LogFixture.open()
    const [placed = ''] = await log.batch(3)
    const { sequencer, lines, told } = observed(log)
    const text = 'aud_notjson'
    meanwhile(log, (db) => {
      const put = db.prepare('INSERT INTO audit_queue VALUES (?, ?)')
      put.run(placed, leafHashOf(documentOf(db, placed)))
      put.run('aud_00nothing', null)
      put.run('no entry" at all', leafHashOf('x'))
      put.run('aud_00short', Buffer.from('short'))
      for (let i = 0; i < 300; i++) put.run(`aud_00many${i}`, null)
      db.prepare(
        "INSERT INTO audit_entries (id, time, action, outcome, actor_id, request_id, document) VALUES (?, 1, 'x', 'x', 'x', 'x', 'no JSON')",
      ).run(text)
      put.run(text, null)
    })
    const written = [await log.write(), await log.write()]
    const running = sequencer.run()
    if (sequencer.state === 'working') await told()
    expect(sequencer.state).toBe('hindered')
    expect(lines).toMatchObject([
      { level: 50, total: 305, msg: expect.stringContaining('can have no place') },
    ])
    const { db, tables } = log.store.reader
    const leaves = (await db.select().from(tables.auditLeaves)).map(({ entryId }) => entryId)
    expect(leaves.slice(3)).toEqual(written)
    const recovered = told()
    meanwhile(log, (db) =>
      db.exec("DELETE FROM audit_queue; DELETE FROM audit_entries WHERE id = 'aud_notjson'"),
    )
    await recovered
    expect(sequencer.state).toBe('working')
    sequencer.stop()
    await running
    expect(await log.verify()).toMatchObject({ ok: true, treeSize: 5 })
  })
})

describe('a sequencer that starts', () => {
  test.each<[string, (db: Database.Database, ids: string[]) => void]>([
    [
      'that ends after its latest checkpoint',
      (db, ids) => {
        rewrite(db, ids[4] ?? '')
        db.exec('DELETE FROM audit_checkpoints WHERE size > 3')
      },
    ],
    ['without any checkpoint', (db) => void db.exec('DELETE FROM audit_checkpoints')],
    ['that was changed under its latest checkpoint', (db, ids) => rewrite(db, ids[4] ?? '')],
    [
      'whose latest checkpoint is forged',
      (db) => void db.exec("UPDATE audit_checkpoints SET note = 'x' WHERE size = 26"),
    ],
    ['that lacks hashes', (db) => void db.exec('DELETE FROM audit_nodes')],
  ])('goes no further with a log %s', async (_, tamper) => {
    await using log = await LogFixture.open()
    const ids = [...(await log.batch(3)), ...(await log.batch(3)), ...(await log.batch(20))].slice(0, 6)
    await log.tamper((db) => tamper(db, ids))
    await expect(findSigned(log.store)).rejects.toThrow(/audit log/)
    await log.write()
    await expect(log.sequencer().sequence()).rejects.toThrow(/audit log/)
    const { db, tables } = log.store.reader
    expect(await db.select().from(tables.auditLeaves)).toHaveLength(26)
  })
})
