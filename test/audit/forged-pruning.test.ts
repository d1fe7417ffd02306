import type Database from 'better-sqlite3'
import { beforeEach, expect, test } from 'vitest'
import { canonicalJson } from '../../src/audit/canonical-json.ts'
import { leafHashOf } from '../../src/audit/verifier.mjs'
import { newId } from '../../src/cluster/id.ts'
import { dayMs, LogFixture } from './log-fixture.ts'

let log: LogFixture
let ids: string[]
beforeEach(async () => {
  log = await LogFixture.open()
  ids = [...(await log.batch(20)), ...(await log.batch(20))]
  return () => log[Symbol.asyncDispose]()
})
const at = (index: number) => ids[index] ?? ''

/** What whoever writes the tables can do: has an entry logged that says what retention has removed. */
function forgePruning(db: Database.Database, changes: unknown): string {
  const text = String(db.prepare('SELECT document FROM audit_entries WHERE id = ?').pluck().get(at(0)))
  const id = newId('aud')
  const document = canonicalJson({
    ...JSON.parse(text),
    id,
    action: 'audit.prune',
    targets: [],
    team: null,
    changes,
  })
  const { time, requestId, outcome, actor } = JSON.parse(document)
  db.prepare(
    "INSERT INTO audit_entries (id, time, action, outcome, actor_id, team, request_id, document) VALUES (?, ?, 'audit.prune', ?, ?, NULL, ?, ?)",
  ).run(id, Date.parse(time), outcome, actor.id, requestId, document)
  db.prepare('INSERT INTO audit_search (words, entry_id) VALUES (?, ?)').run('audit.prune', id)
  db.prepare('INSERT INTO audit_queue VALUES (?, ?)').run(id, leafHashOf(document))
  return id
}

function remove(db: Database.Database, id: string): void {
  db.prepare('DELETE FROM audit_entries WHERE id = ?').run(id)
  db.prepare('DELETE FROM audit_targets WHERE entry_id = ?').run(id)
  db.prepare('DELETE FROM audit_search WHERE entry_id = ?').run(id)
}

const upTo = (index: number) => [{ path: '/prunedBefore', before: 0, after: index }]

/** Of both verifiers, which must say the same. */
async function reports(known = {}) {
  return [await log.verify(known), await log.verifyExport(known)]
}

test('an entry of a pruning that was forged accounts for no hole that was made before it, and none that is made later', async () => {
  let forged = ''
  await log.tamper((db) => {
    forged = forgePruning(db, upTo(1_000_000))
    for (const index of [7, 25]) remove(db, at(index))
  })
  const later = await log.batch(5)
  await log.tamper((db) => remove(db, later[2] ?? ''))
  for (const { findings, pruned } of await reports()) {
    expect(pruned).toBe(0)
    expect(findings).toMatchObject([
      { kind: 'deleted', index: 7, last: 7, entry: at(7) },
      { kind: 'deleted', index: 25, last: 25, entry: at(25) },
      { kind: 'deleted', index: 43, last: 43, entry: later[2] },
      { kind: 'inserted', index: 40, entry: forged },
    ])
  }
})

test('one that says more than is gone is named, whatever is gone', async () => {
  let forged = ''
  await log.tamper((db) => {
    forged = forgePruning(db, upTo(30))
    for (let index = 0; index < 10; index++) remove(db, at(index))
  })
  await log.sequencer().sequence()
  for (const report of await reports()) {
    expect(report.findings).toMatchObject([{ kind: 'inserted', index: 40, entry: forged }])
  }
})

test('an entry whose receipt you hold and whose body is gone is named, though a pruning accounts for it', async () => {
  const receipts = [log.receipts[3], log.receipts[30]].flatMap((receipt) => receipt ?? [])
  await log.tamper((db) => {
    forgePruning(db, upTo(10))
    for (let index = 0; index < 10; index++) remove(db, at(index))
  })
  await log.sequencer().sequence()
  for (const report of await reports({ receipts })) {
    expect(report).toMatchObject({ pruned: 10, receiptsWithoutBody: [at(3)], findings: [] })
  }
})

test.each([
  [null],
  ['all'],
  [{ path: '/prunedBefore' }],
  [[null, { path: '/prunedBefore', before: 0, after: 'all' }]],
])('one whose changes are %j accounts for nothing, and is read to the end', async (changes) => {
  await log.tamper((db) => {
    forgePruning(db, changes)
    remove(db, at(0))
  })
  await log.sequencer().sequence()
  for (const report of await reports()) {
    expect(report.findings).toMatchObject([{ kind: 'deleted', index: 0, last: 0 }])
  }
})

test('retention is not led beyond what a forged pruning can account for', async () => {
  await log.tamper((db) => forgePruning(db, upTo(1_000_000)))
  await log.sequencer().sequence()
  const later = await log.batch(3)
  log.clock.time += 11 * dayMs
  const last = await log.write()
  await log.sequencer().sequence()
  await log.sequencer(10 * dayMs).prune()
  const { db, tables } = log.store.reader
  const left = (await db.select().from(tables.auditEntries)).map(({ id }) => id)
  expect(left).not.toContain(later[0])
  expect(left).toContain(last)
})
