import { describe, expect, test } from 'vitest'
import {
  leafHashOf,
  openCheckpoint,
  provesConsistency,
  provesInclusion,
  readVerifierKey,
} from '../../src/audit/verifier.mjs'
import { recordAudit } from '../../src/store/audit-entries.ts'
import { listVerifierKeys, rotateSigningKey } from '../../src/store/audit-keys.ts'
import { consistencyHashes, findProof } from '../../src/store/audit-tree.ts'
import { LogFixture } from './log-fixture.ts'

const bytes = (texts: readonly string[]) => texts.map((text) => Buffer.from(text, 'base64'))

describe('the log', () => {
  test('proves every entry, and every step between two sizes, at every size', async () => {
    await using log = await LogFixture.open()
    const keys = await log.keys()
    const checkpoints = []
    const ids: string[] = []
    for (const count of [1, 1, 2, 3, 1, 9, 1, 14, 1, 33]) {
      ids.push(...(await log.batch(count)))
      const checkpoint = openCheckpoint(await log.checkpoint(), keys)
      expect(checkpoint.size).toBe(ids.length)
      checkpoints.push(checkpoint)
      for (const [index, id] of ids.entries()) {
        const proof = await findProof(log.store, id)
        if (!proof) throw new Error(`${id} has no proof`)
        expect(proof).toMatchObject({ leafIndex: index, treeSize: ids.length })
        const [leafHash] = bytes([proof.leafHash])
        const inclusion = { ...proof, leafHash: leafHash ?? checkpoint.root, hashes: bytes(proof.hashes) }
        expect(provesInclusion(inclusion, checkpoint.root)).toBe(true)
      }
    }
    for (const [i, from] of checkpoints.entries()) {
      for (const to of checkpoints.slice(i)) {
        const hashes = bytes(await consistencyHashes(log.store, from.size, to.size))
        expect([from.size, to.size, provesConsistency(from, to, hashes)]).toEqual([from.size, to.size, true])
      }
    }
  })

  test('gives as receipt the hash of what it keeps', async () => {
    await using log = await LogFixture.open()
    await log.batch(3)
    const entries = await log.store.reader.db.select().from(log.store.reader.tables.auditEntries)
    const digests = entries.map(({ id, document }) => ({
      entry: id,
      digest: leafHashOf(document).toString('base64'),
    }))
    expect(digests).toEqual(log.receipts)
  })

  test('takes the entries of many writers at once, each once, whoever gives them their places', async () => {
    await using log = await LogFixture.open()
    const [one, other] = [log.sequencer(), log.sequencer()]
    const writing = Array.from({ length: 600 }, () => log.write())
    const sequencing = Array.from({ length: 20 }, (_, i) => (i % 2 ? one : other).sequence())
    const ids = await Promise.all(writing)
    await Promise.all(sequencing)
    await one.sequence()
    expect(await log.verify({ receipts: log.receipts })).toMatchObject({
      ok: true,
      treeSize: ids.length,
      waiting: 0,
    })
  })

  test('of an entry that was rolled back keeps no trace', async () => {
    await using log = await LogFixture.open()
    const failing = log.store.write(async (session) => {
      await recordAudit(log.store, session, log.who, {
        action: 'team.update',
        outcome: 'SUCCESS',
        targets: [],
        team: null,
      })
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    await log.sequencer().sequence()
    expect(await log.verify()).toMatchObject({ ok: true, treeSize: 0, waiting: 0 })
  })

  test('takes in the entries of a database from before there was a log', async () => {
    await using log = await LogFixture.open()
    const id = await log.write()
    await log.tamper((db) => {
      const entry = JSON.parse(String(db.prepare('SELECT document FROM audit_entries').pluck().get()))
      const { id: first, ...rest } = entry
      db.prepare('UPDATE audit_entries SET document = ?').run(JSON.stringify({ id: first, ...rest }, null, 1))
      db.exec('UPDATE audit_queue SET leaf_hash = NULL')
    })
    await log.sequencer().sequence()
    expect(await log.verify()).toMatchObject({ ok: true, treeSize: 1 })
    expect(await findProof(log.store, id)).toMatchObject({ leafIndex: 0 })
  })
})

describe('a part of the log', () => {
  test('can be exported by time, and proves itself all the same', async () => {
    await using log = await LogFixture.open()
    const at: number[] = []
    for (const count of [4, 7, 2, 9, 3]) {
      at.push(log.clock.time)
      await log.batch(count)
      log.clock.time += 60_000
    }
    const keys = await log.keys()
    for (const [from, to, entries] of [
      [0, 5, 25],
      [1, 5, 21],
      [1, 3, 9],
      [2, 3, 2],
      [0, 1, 4],
    ] as const) {
      const end = at[to]
      const text = await log.export({ from: at[from] ?? 0, ...(end !== undefined && { to: end }) })
      const report = await log.verifyExport({ keys }, text)
      expect([from, to, report]).toMatchObject([from, to, { ok: true, entries, findings: [] }])
      const forged = text.replace('"displayName":"test"', '"displayName":"forged"')
      expect((await log.verifyExport({ keys }, forged)).findings).toMatchObject([{ kind: 'edited' }])
    }
  })

  test('of a time in which nothing was written is empty, and right', async () => {
    await using log = await LogFixture.open()
    await log.batch(3)
    const text = await log.export({ from: log.clock.time + 1 })
    expect(await log.verifyExport({}, text)).toMatchObject({ ok: true, entries: 0 })
  })
})

describe('the signing key', () => {
  test('is made once, sealed, and names a log like no other', async () => {
    await using log = await LogFixture.open()
    await using other = await LogFixture.open()
    const [[key], [foreign]] = [await log.keys(), await other.keys()]
    expect(key?.name).toMatch(/^clustergate\/[0-9a-f]{32}$/)
    expect(foreign?.name).not.toBe(key?.name)
    const { db, tables } = log.store.reader
    const [row] = await db.select().from(tables.auditSigningKeys)
    expect(row?.sealedPrivateKey).toContain('"ciphertext"')
    expect(row?.sealedPrivateKey).not.toContain('PRIVATE KEY')
  })

  test('can be rotated: what the former one signed still holds, and it signs nothing more', async () => {
    await using log = await LogFixture.open()
    await log.batch(3)
    const [former] = await log.keys()
    const before = await log.checkpoint()
    const sequencer = log.sequencer()
    await sequencer.sequence()
    const text = await rotateSigningKey(log.store, { ...log.who, reason: 'drill' }, log.seal)
    const current = readVerifierKey(text)
    await sequencer.sequence()
    const after = await log.checkpoint()
    expect(await listVerifierKeys(log.store.reader)).toEqual([current.text, former?.text])
    expect(current.name).toBe(former?.name)
    const keys = await log.keys()
    expect(openCheckpoint(before, keys).keyId).toBe(former?.id)
    expect(openCheckpoint(after, keys)).toMatchObject({ size: 4, keyId: current.id })
    const { db, tables } = log.store.reader
    const rows = await db.select().from(tables.auditSigningKeys)
    expect(rows.find(({ id }) => id === former?.id)?.sealedPrivateKey).toBeNull()
    expect(await log.verify({ keys })).toMatchObject({ ok: true, treeSize: 4 })
    const pinnedToFormer = await log.verify({ keys: former ? [former] : [] })
    expect(pinnedToFormer.findings[0]).toMatchObject({ kind: 'checkpoint', index: 3 })
  })
})
