import { expect } from 'vitest'
import { renderCluster } from '../../src/cluster/document.ts'
import { toCluster } from '../../src/store/cluster-rows.ts'
import { replayAudit } from '../simulation/audit-replay.ts'
import { allClusters } from '../simulation/rows.ts'
import type { Bench } from './harness.ts'

/** Every change that a caller can see since `created` was answered has its entry, and every document is up to date. */
export async function expectExplained(bench: Bench): Promise<void> {
  const rows = await allClusters(bench.store)
  for (const row of rows) expect(JSON.parse(row.document)).toEqual(renderCluster(toCluster(row)))
  expect(await replayAudit(bench.store, rows, bench.answers)).toEqual([])
}
