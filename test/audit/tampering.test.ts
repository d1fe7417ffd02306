import { createHash } from 'node:crypto'
import type Database from 'better-sqlite3'
import { beforeEach, describe, expect, test } from 'vitest'
import { newSigningKey, Signer } from '../../src/audit/signer.ts'
import { type Finding, Frontier, leafHashOf, readVerifierKey } from '../../src/audit/verifier.mjs'
import { LogFixture } from './log-fixture.ts'

/** Five checkpoints over 5, 10, 11, 31 and 40 entries. */
async function writeLog(log: LogFixture): Promise<string[]> {
  const ids: string[] = []
  for (const count of [5, 5, 1, 20, 9]) ids.push(...(await log.batch(count)))
  await log.close()
  return ids
}

/** Of both verifiers, which must find the same. */
async function findings(log: LogFixture, known = {}): Promise<Finding[]> {
  const live = await log.verify(known)
  const offline = await log.verifyExport(known)
  expect(offline.ok).toBe(live.ok)
  expect(live.ok).toBe(live.findings.length === 0)
  return live.findings
}

const document = (db: Database.Database, id: string) =>
  String(db.prepare('SELECT document FROM audit_entries WHERE id = ?').pluck().get(id))

function editDocument(db: Database.Database, id: string): string {
  const edited = document(db, id).replace('"displayName":"test"', '"displayName":"somebody else"')
  db.prepare('UPDATE audit_entries SET document = ? WHERE id = ?').run(edited, id)
  return edited
}

/** Computes every hash anew from the entries as they are now, as somebody would who has no signing key. */
function recomputeHashes(db: Database.Database): void {
  const rows = db
    .prepare(
      'SELECT leaf_index, document FROM audit_leaves JOIN audit_entries ON id = entry_id ORDER BY leaf_index',
    )
    .all() as { leaf_index: number; document: string }[]
  db.exec('DELETE FROM audit_nodes')
  const frontier = new Frontier()
  for (const { leaf_index: index, document } of rows) {
    const hash = leafHashOf(document)
    db.prepare('UPDATE audit_leaves SET leaf_hash = ? WHERE leaf_index = ?').run(hash, index)
    frontier.append(hash, (...node) => {
      if (node[0] >= 4) db.prepare('INSERT INTO audit_nodes VALUES (?, ?, ?)').run(...node)
    })
  }
}

/** Signs every checkpoint anew with a key of the forger's own. */
function signAnew(db: Database.Database, signer: Signer): void {
  const leaves = db
    .prepare('SELECT leaf_hash FROM audit_leaves ORDER BY leaf_index')
    .pluck()
    .all() as Buffer[]
  const sizes = db.prepare('SELECT size FROM audit_checkpoints').pluck().all() as number[]
  const frontier = new Frontier()
  for (const leaf of leaves) {
    frontier.append(leaf)
    if (!sizes.includes(frontier.size)) continue
    const note = signer.checkpoint(frontier.size, frontier.root)
    db.prepare('UPDATE audit_checkpoints SET note = ? WHERE size = ?').run(note, frontier.size)
  }
}

/** A later id, made a moment after. */
function likeButOther(id: string): string {
  return id.endsWith('z') ? `${id.slice(0, -2)}zz` : `${id.slice(0, -1)}z`
}

let log: LogFixture
let ids: string[]
beforeEach(async () => {
  log = await LogFixture.open()
  ids = await writeLog(log)
  return () => log[Symbol.asyncDispose]()
})
const at = (index: number) => ids[index] ?? ''

test('an untouched log is right, with every receipt and checkpoint that was kept', async () => {
  const held = [await log.checkpoint()]
  const known = { keys: await log.keys(), receipts: log.receipts, held }
  expect(await findings(log, known)).toEqual([])
  expect(await log.verify(known)).toMatchObject({
    treeSize: 40,
    entries: 40,
    pruned: 0,
    checkpoints: 5,
    waiting: 0,
  })
})

describe('is found and named:', () => {
  test('an edited entry', async () => {
    await log.tamper((db) => void editDocument(db, at(7)))
    expect(await findings(log)).toMatchObject([{ kind: 'edited', index: 7, entry: at(7) }])
  })

  test.each(['action', 'outcome', 'actor_id', 'team', 'request_id'])(
    'an entry that can no longer be found by its %s',
    async (column) => {
      await log.tamper((db) => db.prepare(`UPDATE audit_entries SET ${column} = 'x' WHERE id = ?`).run(at(7)))
      expect((await log.verify()).findings).toMatchObject([{ kind: 'edited', index: 7, entry: at(7) }])
    },
  )

  test('an entry that can no longer be found by its target', async () => {
    await log.tamper((db) => db.prepare('DELETE FROM audit_targets WHERE entry_id = ?').run(at(7)))
    expect((await log.verify()).findings).toMatchObject([{ kind: 'edited', index: 7, entry: at(7) }])
  })

  test('an entry that is found under a thing that it is not about', async () => {
    await log.tamper((db) => {
      const put = db.prepare('INSERT INTO audit_targets VALUES (?, ?, ?)')
      const time = db.prepare('SELECT time FROM audit_entries WHERE id = ?').pluck().get(at(3))
      put.run('clu_x', time, at(3))
      put.run('search', 1, at(4))
      for (let i = 0; i < 600; i++) put.run(`clu_y${i}`, 1, 'aud_gone')
    })
    const { findings: found } = await log.verify()
    expect(found).toHaveLength(2)
    expect(found).toContainEqual(expect.objectContaining({ kind: 'inserted', entry: at(3) }))
    expect(found).toContainEqual(expect.objectContaining({ kind: 'inserted', entry: at(4) }))
  })

  test.each<[string, string, number]>([
    ['DELETE FROM audit_search', 'deleted', 40],
    ['DELETE FROM audit_search WHERE rowid = 3', 'deleted', 1],
    ["INSERT INTO audit_search (words, entry_id) SELECT 'x', id FROM audit_entries LIMIT 2", 'inserted', 2],
  ])('an index of words that has not each entry once: %s', async (act, kind, entries) => {
    await log.tamper((db) => db.exec(act))
    const { findings: found } = await log.verify()
    expect(found).toMatchObject([{ kind, text: expect.stringContaining(`(${entries} in all)`) }])
  })

  test('what stands in the queue and can have no place', async () => {
    await log.tamper((db) => {
      const put = db.prepare('INSERT INTO audit_queue VALUES (?, ?)')
      put.run(at(3), leafHashOf(document(db, at(3))))
      put.run('aud_gone', null)
      db.prepare(
        "INSERT INTO audit_entries (id, time, action, outcome, actor_id, request_id, document) VALUES ('aud_x', 1, 'x', 'x', 'x', 'x', 'no JSON')",
      ).run()
      db.prepare("INSERT INTO audit_search (words, entry_id) VALUES ('x', 'aud_x')").run()
      put.run('aud_x', null)
    })
    const { findings: found } = await log.verify()
    expect(found).toHaveLength(3)
    expect(found).toContainEqual(expect.objectContaining({ kind: 'inserted', index: 3, entry: at(3) }))
    expect(found).toContainEqual(expect.objectContaining({ kind: 'deleted', entry: 'aud_gone' }))
    expect(found).toContainEqual(expect.objectContaining({ kind: 'edited', entry: 'aud_x' }))
  })

  test('a hash that is none, and a document that is none', async () => {
    await log.tamper((db) => {
      db.prepare("UPDATE audit_leaves SET leaf_hash = 'text' WHERE leaf_index = 3").run()
      db.prepare("UPDATE audit_entries SET document = 'no JSON' WHERE id = ?").run(at(20))
    })
    const { findings: found } = await log.verify()
    expect(found).toContainEqual(expect.objectContaining({ kind: 'edited', index: 3, entry: at(3) }))
    expect(found).toContainEqual(expect.objectContaining({ kind: 'edited', index: 20, entry: at(20) }))
  })

  test('a deleted entry', async () => {
    await log.tamper((db) => db.prepare('DELETE FROM audit_entries WHERE id = ?').run(at(12)))
    expect(await findings(log)).toMatchObject([{ kind: 'deleted', index: 12, last: 12, entry: at(12) }])
  })

  test('a deleted entry whose leaf was deleted too', async () => {
    await log.tamper((db) => {
      db.prepare('DELETE FROM audit_entries WHERE id = ?').run(at(12))
      db.prepare('DELETE FROM audit_leaves WHERE entry_id = ?').run(at(12))
    })
    expect(await findings(log)).toMatchObject([{ kind: 'deleted', index: 12, last: 12 }])
  })

  test('a deletion after which everything was moved up and computed anew', async () => {
    await log.tamper((db) => {
      db.prepare('DELETE FROM audit_entries WHERE id = ?').run(at(12))
      db.prepare('DELETE FROM audit_leaves WHERE entry_id = ?').run(at(12))
      for (let index = 13; index < 40; index++)
        db.prepare('UPDATE audit_leaves SET leaf_index = ? WHERE leaf_index = ?').run(index - 1, index)
      recomputeHashes(db)
    })
    const found = await findings(log)
    expect(found).toContainEqual(expect.objectContaining({ kind: 'changed', index: 11, last: 30 }))
    expect(found).toContainEqual(expect.objectContaining({ kind: 'cut-off', index: 39, last: 39 }))
  })

  test('an inserted entry', async () => {
    const id = likeButOther(at(20))
    await log.tamper((db) => {
      const forged = document(db, at(20)).replace(at(20), id)
      db.prepare(
        `INSERT INTO audit_entries SELECT ?, time, action, outcome, actor_id, team, request_id, ? FROM audit_entries WHERE id = ?`,
      ).run(id, forged, at(20))
      db.prepare('INSERT INTO audit_search (words, entry_id) VALUES (?, ?)').run('test', id)
    })
    expect((await log.verify()).findings).toMatchObject([{ kind: 'inserted', entry: id }])
  })

  test('an inserted entry with a leaf of its own', async () => {
    const id = likeButOther(at(39))
    await log.tamper((db) => {
      const forged = document(db, at(39)).replace(at(39), id)
      db.prepare(
        `INSERT INTO audit_entries SELECT ?, time, action, outcome, actor_id, team, request_id, ? FROM audit_entries WHERE id = ?`,
      ).run(id, forged, at(39))
      db.prepare(
        'INSERT INTO audit_targets SELECT target_id, time, ? FROM audit_targets WHERE entry_id = ?',
      ).run(id, at(39))
      db.prepare('INSERT INTO audit_search (words, entry_id) VALUES (?, ?)').run('test', id)
      db.prepare('INSERT INTO audit_leaves VALUES (40, ?, ?)').run(id, leafHashOf(forged))
    })
    expect((await log.verify()).findings).toMatchObject([{ kind: 'inserted', index: 40, entry: id }])
  })

  test('two entries whose contents were swapped', async () => {
    await log.tamper((db) => {
      const [one, two] = [document(db, at(3)), document(db, at(25))]
      const put = db.prepare('UPDATE audit_entries SET document = ? WHERE id = ?')
      put.run(two, at(3))
      put.run(one, at(25))
    })
    expect(await findings(log)).toMatchObject([
      { kind: 'reordered', index: 3, entry: at(3) },
      { kind: 'reordered', index: 25, entry: at(25) },
    ])
  })

  test('two entries whose places were swapped', async () => {
    await log.tamper((db) => {
      db.exec('UPDATE audit_leaves SET leaf_index = -1 WHERE leaf_index = 15')
      db.exec('UPDATE audit_leaves SET leaf_index = 15 WHERE leaf_index = 22')
      db.exec('UPDATE audit_leaves SET leaf_index = 22 WHERE leaf_index = -1')
    })
    const found = await findings(log)
    expect(found).toContainEqual(expect.objectContaining({ kind: 'reordered', index: 16, entry: at(16) }))
    expect(found).toContainEqual(expect.objectContaining({ kind: 'changed', index: 11, last: 30 }))
  })

  test('an edit whose hashes were computed anew, all of them, without the signing key', async () => {
    await log.tamper((db) => {
      editDocument(db, at(10))
      recomputeHashes(db)
    })
    expect(await findings(log)).toMatchObject([
      { kind: 'changed', index: 10, last: 10, entry: at(10), lastEntry: at(10) },
    ])
  })

  test('the same with checkpoints signed by a key of the forger, by whoever knows the true one', async () => {
    const keys = await log.keys()
    const forger = newSigningKey(keys[0]?.name ?? '')
    await log.tamper((db) => {
      editDocument(db, at(10))
      recomputeHashes(db)
      signAnew(db, new Signer(forger))
      db.prepare('UPDATE audit_signing_keys SET id = ?, verifier_key = ?').run(forger.id, forger.verifierKey)
    })
    const found = await findings(log, { keys })
    expect(found).toContainEqual(expect.objectContaining({ kind: 'checkpoint', index: 4 }))
    expect(found[0]?.text).toMatch(/key that is not known here/)
    const receipt = log.receipts[10]
    expect(await findings(log, { receipts: receipt ? [receipt] : [] })).toMatchObject([
      { kind: 'receipt', entry: at(10) },
    ])
  })

  test('entries cut off at the end, by the checkpoints that remain', async () => {
    await log.tamper((db) => {
      for (const id of ids.slice(33)) db.prepare('DELETE FROM audit_entries WHERE id = ?').run(id)
      db.exec('DELETE FROM audit_leaves WHERE leaf_index >= 33')
    })
    expect(await findings(log)).toMatchObject([{ kind: 'cut-off', index: 33, last: 39 }])
  })

  test('a whole batch cut off with its checkpoint, by a receipt or a checkpoint that was kept', async () => {
    const held = [await log.checkpoint()]
    const receipts = log.receipts.slice(-1)
    await log.tamper((db) => {
      for (const id of ids.slice(31)) db.prepare('DELETE FROM audit_entries WHERE id = ?').run(id)
      db.exec(
        'DELETE FROM audit_leaves WHERE leaf_index >= 31; DELETE FROM audit_checkpoints WHERE size > 31',
      )
    })
    expect(await findings(log)).toEqual([])
    expect(await findings(log, { held })).toMatchObject([{ kind: 'cut-off', index: 31, last: 39 }])
    expect(await findings(log, { receipts })).toMatchObject([{ kind: 'receipt', entry: at(39) }])
  })

  test('a checkpoint whose root was edited', async () => {
    await log.tamper((db) => {
      const note = String(db.prepare('SELECT note FROM audit_checkpoints WHERE size = 10').pluck().get())
      const lines = note.split('\n')
      lines[2] = createHash('sha256').update('x').digest('base64')
      db.prepare('UPDATE audit_checkpoints SET note = ? WHERE size = 10').run(lines.join('\n'))
    })
    const found = await findings(log)
    expect(found).toMatchObject([{ kind: 'checkpoint', index: 9 }])
    expect(found[0]?.text).toMatch(/signature/)
  })

  test('a stored hash of the tree that was edited: the entries are as they were', async () => {
    await log.tamper((db) =>
      db.exec('UPDATE audit_nodes SET hash = zeroblob(32) WHERE level = 4 AND node_index = 1'),
    )
    expect((await log.verify()).findings).toMatchObject([{ kind: 'changed' }])
    expect((await log.verifyExport()).ok).toBe(true)
  })

  test('an entry that was edited or deleted before it had its place', async () => {
    const [one, two] = [await log.write(), await log.write()]
    await log.tamper((db) => {
      editDocument(db, one)
      db.prepare('DELETE FROM audit_entries WHERE id = ?').run(two)
    })
    expect((await log.verify()).findings).toMatchObject([
      { kind: 'edited', entry: one },
      { kind: 'deleted', entry: two },
    ])
  })
})

describe('in the file of an export', () => {
  test('an edited, a deleted and a repeated line are named', async () => {
    const lines = (await log.export()).split('\n')
    const line = (index: number) => lines.findIndex((text) => text.startsWith(`{"leafIndex":${index},`))
    const check = async (changed: string[]) => (await log.verifyExport({}, changed.join('\n'))).findings
    const edited = lines.with(line(7), (lines[line(7)] ?? '').replace('"id":"test"', '"id":"other"'))
    expect(await check(edited)).toMatchObject([{ kind: 'edited', entry: at(7) }])
    expect(await check(lines.toSpliced(line(7), 1))).toMatchObject([{ kind: 'deleted', index: 7, last: 7 }])
    const repeated = lines.toSpliced(line(7), 0, lines[line(7)] ?? '')
    expect(await check(repeated)).toMatchObject([{ kind: 'reordered', entry: at(7) }])
  })

  test('a missing end is named', async () => {
    const lines = (await log.export()).split('\n')
    const { findings: found } = await log.verifyExport({}, `${lines.slice(0, 20).join('\n')}\n`)
    expect(found).toContainEqual(expect.objectContaining({ kind: 'cut-off' }))
  })

  test('what is none, or of another log, is refused', async () => {
    await expect(log.verifyExport({}, '{"clusters":[]}\n')).rejects.toThrow(/no export/)
    await expect(log.verifyExport({}, '')).rejects.toThrow(/empty/)
    const other = newSigningKey('clustergate/another')
    await expect(log.verifyExport({ keys: [readVerifierKey(other.verifierKey)] })).rejects.toThrow(
      /another log/,
    )
    const held = [new Signer(other).checkpoint(5, leafHashOf('x'))]
    await expect(log.verifyExport({ held })).rejects.toThrow(/another log/)
    await expect(log.verify({ held })).rejects.toThrow(/another log/)
  })
})
