import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newId } from '../../src/cluster/id.ts'
import { type AuditRecord, recordAudit } from '../../src/store/audit-entries.ts'
import { openSqlite } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { who } from '../bench/orders.ts'

let folder: string
let store: Store

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clustergate-audit-search-'))
  store = openSqlite({ path: join(folder, 'test.db'), clock: { now: () => 0 }, newId, synchronous: 'OFF' })
})

afterEach(async () => {
  await store[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

function record(): Promise<unknown> {
  const denied: AuditRecord = { action: 'cluster.read', outcome: 'DENIED', targets: [], team: 'search' }
  return store.write((session) => recordAudit(store, session, who, denied))
}

test('what commits add to the index of words is merged little by little, and never all at once', async () => {
  const { $client } = store.reader.db
  const segments = $client.prepare('SELECT count(DISTINCT segid) FROM audit_search_idx').pluck()
  const counts: number[] = []
  for (let i = 0; i < 63; i++) {
    await record()
    counts.push(Number(segments.get()))
  }
  // Left alone they would be 18 by the end, after three merges of 16 at once.
  expect(Math.max(...counts)).toBeGreaterThan(2)
  expect(Math.max(...counts)).toBeLessThan(10)
  const found = $client.prepare(`SELECT count(*) FROM audit_search WHERE audit_search MATCH '"read"'`)
  expect(found.pluck().get()).toBe(63)
})
