import { expect, test } from 'vitest'
import { freshDocumentAt } from '../../src/store/freshness.ts'

test('a later sync shows in the fields of the cluster, and in no label of the same names', () => {
  const observed = { observedTime: '2026-03-01T00:00:00.000Z', observedVia: 'poll' }
  const labels = { observedTime: 'mine', observedVia: 'mine', operation: 'null' }
  const row = {
    document: JSON.stringify({ labels, ...observed, operation: null }),
    observedTime: Date.parse(observed.observedTime),
    absentSyncs: 0,
    state: 'READY',
    operationStatus: null,
    connectionId: 'con_1',
  }
  const synced = '2026-03-02T00:00:00.000Z'
  expect(JSON.parse(freshDocumentAt(row, Date.parse(synced)))).toEqual({
    labels,
    observedTime: synced,
    observedVia: 'sync',
    operation: null,
  })
})
