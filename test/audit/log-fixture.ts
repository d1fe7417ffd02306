import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { pino } from 'pino'
import { readVerifierKey, verifyExport } from '../../src/audit/verifier.mjs'
import type { Attribution, Receipt } from '../../src/cluster/actor.ts'
import { newId } from '../../src/cluster/id.ts'
import { Sequencer } from '../../src/sequence/sequencer.ts'
import { findCheckpoint } from '../../src/store/audit-checkpoints.ts'
import { recordAuditAlone } from '../../src/store/audit-entries.ts'
import { ensureSigningKey, listVerifierKeys, signingKeyPlace } from '../../src/store/audit-keys.ts'
import { type ExportRange, exportLog } from '../../src/store/export-audit.ts'
import { openSnapshot, openSqlite } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { type Known, verifyLog } from '../../src/store/verify-audit.ts'
import { MasterKey } from '../../src/vault/keyring.ts'
import { createVault, type Vault } from '../../src/vault/vault.ts'

export const dayMs = 24 * 3600_000

/** A real log in a real file, written batch by batch, closed, and then whatever a test does to the file. */
export class LogFixture implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'clustergate-audit-'))
  readonly path = join(this.folder, 'gateway.db')
  readonly clock = { time: Date.parse('2026-03-01T09:30:00.000Z'), now: () => this.clock.time }
  readonly vault: Vault = createVault({
    current: new MasterKey(Uint8Array.from(randomBytes(32))),
    former: [],
  })
  /** Of every entry that was written through this. */
  readonly receipts: Receipt[] = []
  #store: Store | null = null

  static async open(): Promise<LogFixture> {
    const fixture = new LogFixture()
    await ensureSigningKey(fixture.store, fixture.seal)
    return fixture
  }

  /** The database, opened if it is not. */
  get store(): Store {
    this.#store ??= openSqlite({ path: this.path, clock: this.clock, newId, synchronous: 'OFF' })
    return this.#store
  }

  readonly seal = (privateKey: string, id: string) => this.vault.seal(privateKey, signingKeyPlace(id))

  get who(): Attribution {
    return {
      actor: { type: 'system', id: 'test', displayName: 'test', authMethod: 'internal' },
      requestId: newId('req'),
      context: { ip: null, userAgent: null, interface: 'cli' },
      recorded: (receipt) => void this.receipts.push(receipt),
    }
  }

  async write(team = 'search'): Promise<string> {
    return recordAuditAlone(this.store, this.who, {
      action: 'team.update',
      outcome: 'SUCCESS',
      targets: [{ type: 'team', id: team, displayName: team }],
      team,
      changes: [{ path: '/duplicateWindowMs', before: null, after: this.receipts.length }],
    })
  }

  sequencer(retentionMs: number | null = null): Sequencer {
    const { store, vault, clock } = this
    return new Sequencer({ store, vault, clock, log: pino({ level: 'silent' }), retentionMs })
  }

  /** Writes so many entries, which then have their places under one checkpoint. Answers their ids. */
  async batch(count: number): Promise<string[]> {
    const ids: string[] = []
    for (let i = 0; i < count; i++) ids.push(await this.write())
    await this.sequencer().sequence()
    return ids
  }

  async checkpoint(): Promise<string> {
    return (await findCheckpoint(this.store.reader))?.note ?? ''
  }

  async keys() {
    return (await listVerifierKeys(this.store.reader)).map(readVerifierKey)
  }

  async close(): Promise<void> {
    await this.#store?.[Symbol.asyncDispose]()
    this.#store = null
  }

  /** What somebody does who has the file and knows SQL. */
  async tamper(act: (db: Database.Database) => void): Promise<void> {
    await this.close()
    const db = new Database(this.path)
    act(db)
    db.close()
  }

  async verify(known: Known = {}) {
    await this.close()
    using snapshot = openSnapshot(this.path)
    return await verifyLog(snapshot.session, known)
  }

  async export(range: ExportRange = {}): Promise<string> {
    await this.close()
    using snapshot = openSnapshot(this.path)
    let text = ''
    for await (const line of exportLog(snapshot.session, range)) text += line
    return text
  }

  async verifyExport(known: Known = {}, text?: string) {
    return verifyExport(chunksOf(text ?? (await this.export())), known)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    rmSync(this.folder, { recursive: true })
  }
}

/** In pieces that respect no line. */
async function* chunksOf(text: string): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += 1000) yield Buffer.from(bytes.subarray(at, at + 1000))
}
