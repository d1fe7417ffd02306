import { expect, test } from 'vitest'
import { claimClusters } from '../../src/store/claims.ts'
import { nextDueTime } from '../../src/store/due.ts'
import { Bench } from '../reconcile/harness.ts'

const leaseMs = 1000

test('a cluster whose lease has run out waits for a place too, where its connection has none', async () => {
  await using bench = new Bench()
  const connection = await bench.connect('zilliz')
  const other = await bench.connect('fireworks')
  await bench.settle(0)
  await bench.create(connection, 'one')
  const claimed = await claimClusters(bench.store, {
    owner: 'died',
    leaseMs,
    limit: 10,
    room: new Map(),
    perConnection: 12,
    begin: () => ({ patch: {}, intent: null, orphanedIntentId: null }),
  })
  expect(claimed).toHaveLength(1)
  const leaseEnd = bench.clock.now() + leaseMs
  expect(await nextDueTime(bench.store)).toBe(leaseEnd)
  bench.clock.advance(5000)
  expect(await nextDueTime(bench.store)).toBe(leaseEnd)
  // What is due beside it is the connection's next sync.
  expect(await nextDueTime(bench.store, [connection.id])).toBeGreaterThan(bench.clock.now())
  expect(await nextDueTime(bench.store, [other.id])).toBe(leaseEnd)
})
