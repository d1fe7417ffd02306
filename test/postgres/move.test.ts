import { hash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { readCheckpoint } from '../../src/audit/verifier.mjs'
import { systemClock } from '../../src/cluster/clock.ts'
import { newId } from '../../src/cluster/id.ts'
import { Sequencer } from '../../src/sequence/sequencer.ts'
import { findCheckpoint } from '../../src/store/audit-checkpoints.ts'
import { ensureSigningKey, signingKeyPlace } from '../../src/store/audit-keys.ts'
import { createConnection } from '../../src/store/connections.ts'
import { createCluster } from '../../src/store/create-cluster.ts'
import { findSealed, supplyCredentials } from '../../src/store/credentials.ts'
import { moveToPostgres } from '../../src/store/move-to-postgres.ts'
import { openSqlite } from '../../src/store/open.ts'
import { openPostgres } from '../../src/store/open-postgres.ts'
import { findCluster, findClusterDocument } from '../../src/store/read-clusters.ts'
import type { Store } from '../../src/store/store.ts'
import { findTeam, putTeam } from '../../src/store/teams.ts'
import { verifyLog } from '../../src/store/verify-audit.ts'
import { MasterKey } from '../../src/vault/keyring.ts'
import { createVault } from '../../src/vault/vault.ts'
import { withClient } from '../engine/databases.ts'
import { allAuditEntries } from '../simulation/rows.ts'
import { Place, who } from './place.ts'

const window = { duplicateWindowMs: 1000 }

class Source implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'clustergate-move-'))
  readonly file = join(this.folder, 'gateway.db')
  readonly store = openSqlite({ path: this.file, clock: systemClock, newId })

  tokenKey(): string {
    const db = new Database(this.file, { readonly: true })
    try {
      return String(db.prepare(`SELECT value FROM meta WHERE key = 'token_key'`).pluck().get())
    } finally {
      db.close()
    }
  }

  /** A connection, a cluster whose texts are hard to carry, and its sealed credentials. Answers the cluster's id. */
  async fill(): Promise<string> {
    const connection = await createConnection(
      this.store,
      { who },
      {
        id: newId('con'),
        name: 'zilliz',
        provider: 'zilliz',
        teams: ['*'],
        settings: {},
        sealedApiKey: 'sealed key',
        apiKeyFingerprint: '0123456789abcdef',
      },
    )
    const { document } = await createCluster(
      this.store,
      { who, idempotency: { callerId: 'key_1', key: 'k', fingerprint: 'f' } },
      {
        name: 'one',
        displayName: `"quoted" \\ back\n𝄞 ü {"a": [1]}`,
        provider: 'zilliz',
        connection,
        scope: '',
        team: 'search',
        region: null,
        spec: { plan: 'SERVERLESS', size: 1.5, none: null },
        labels: { env: 'prod' },
        deletionProtection: true,
        expireTime: null,
      },
    )
    const { id } = JSON.parse(document)
    await supplyCredentials(this.store, { who }, id, async () => 'sealed password')
    return id
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]()
    rmSync(this.folder, { recursive: true })
  }
}

const around = { clock: systemClock, newId }

test('everything arrives as it is, and the source takes no write any more, though it is read', async () => {
  await using source = new Source()
  await using place = await Place.make('nothing')
  const id = await source.fill()
  const moved = await moveToPostgres(source.file, place.url, () => {})
  expect(moved.tables.find(({ name }) => name === 'clusters')?.rows).toBe(1)

  await expect(putTeam(source.store, { who }, 'late', window)).rejects.toMatchObject({
    code: 'audit-unavailable',
    message: expect.stringContaining('moved to PostgreSQL'),
  })
  expect(await findClusterDocument(source.store, id)).toBeDefined()
  await using target = await openPostgres({ url: place.url, ...around })
  expect(await findCluster(target, id)).toEqual(await findCluster(source.store, id))
  expect(await findClusterDocument(target, id)).toEqual(await findClusterDocument(source.store, id))
  expect(await findSealed(target.reader, id)).toMatchObject({ sealed: 'sealed password' })
  expect(await allAuditEntries(target)).toEqual(await allAuditEntries(source.store))
  expect(target.pageTokens.read('a list', source.store.pageTokens.write('a list', [1]))).toEqual([1])
  await putTeam(target, { who }, 'search', window)
})

test('the audit log has the same root on both sides, and goes on from there', async () => {
  await using source = new Source()
  await using place = await Place.make('nothing')
  await source.fill()
  const vault = createVault({ current: new MasterKey(randomBytes(32)), former: [] })
  await ensureSigningKey(source.store, (privateKey, id) => vault.seal(privateKey, signingKeyPlace(id)))
  const sequence = (store: Store) =>
    new Sequencer({
      store,
      vault,
      clock: systemClock,
      log: pino({ level: 'silent' }),
      retentionMs: null,
    }).sequence()
  await sequence(source.store)
  const before = await findCheckpoint(source.store.reader)
  const { log } = await moveToPostgres(source.file, place.url, () => {})
  const { size, root } = readCheckpoint(before?.note ?? '')
  expect(log).toEqual({ entries: size, rootHash: root.toString('base64'), findings: 0 })
  expect(size).toBeGreaterThan(0)

  await using target = await openPostgres({ url: place.url, ...around })
  await putTeam(target, { who }, 'search', window)
  await sequence(target)
  expect(await findCheckpoint(target.reader)).toMatchObject({ size: size + 1 })
  const report = await verifyLog(target.reader, { held: [before?.note ?? ''] })
  expect(report).toMatchObject({ ok: true, treeSize: size + 1 })
})

test('a source that was moved is not opened again', async () => {
  await using source = new Source()
  await using place = await Place.make('nothing')
  await source.fill()
  await moveToPostgres(source.file, place.url, () => {})
  await source.store[Symbol.asyncDispose]()
  expect(() => openSqlite({ path: source.file, ...around })).toThrow(/was moved to PostgreSQL/)
})

test('a move that was interrupted leaves the source as it was, and can be run again', async () => {
  await using source = new Source()
  await using place = await Place.make('nothing')
  const id = await source.fill()
  const interrupted = moveToPostgres(source.file, place.url, ({ name }) => {
    if (name === 'clusters') throw new Error('the cable was pulled')
  })
  await expect(interrupted).rejects.toThrow('cable')
  await putTeam(source.store, { who }, 'meanwhile', window)
  await moveToPostgres(source.file, place.url, () => {})
  await using target = await openPostgres({ url: place.url, ...around })
  expect(await findTeam(target.reader, 'meanwhile')).toMatchObject(window)
  expect(await findCluster(target, id)).toBeDefined()
})

test('a copy whose source was not closed yet is served by nobody, and made anew by the next attempt', async () => {
  await using source = new Source()
  await using place = await Place.make('template')
  await source.fill()
  // What is there when the process dies after the copy and before the source is closed.
  await withClient(place.url, async (client) => {
    const origin = hash('sha256', source.tokenKey())
    await client.query(`INSERT INTO meta (key, value) VALUES ('moving_from', $1)`, [origin])
    await client.query(
      `INSERT INTO teams (name, create_time, update_time, version) VALUES ('outdated', 1, 1, 1)`,
    )
  })
  await expect(openPostgres({ url: place.url, ...around })).rejects.toThrow(/interrupted/)
  await moveToPostgres(source.file, place.url, () => {})
  await using target = await openPostgres({ url: place.url, ...around })
  expect(await findTeam(target.reader, 'outdated')).toBeUndefined()
})

test('a database that holds something is left alone', async () => {
  await using source = new Source()
  await using place = await Place.make()
  await source.fill()
  await using target = place.open()
  await putTeam(target, { who }, 'theirs', window)
  await expect(moveToPostgres(source.file, place.url, () => {})).rejects.toThrow(/not empty/)
  expect(await findTeam(target.reader, 'theirs')).toBeDefined()
  await putTeam(source.store, { who }, 'ours', window)
})
