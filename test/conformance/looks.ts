import { describe, expect, it } from 'vitest'
import { Bench, failureOf } from './bench.ts'
import type { Candidate } from './candidate.ts'
import { endlessFaults, type FaultCase, quickFaults } from './fault-cases.ts'

/** After a create that may have happened, a look tells whether it did. */
export function looks(candidate: Candidate): void {
  const unsure = ({ expected }: FaultCase) => expected.applied === 'unknown'

  describe('a look after a create that ended in', () => {
    it.each(quickFaults.filter(unsure))('$title tells the truth', (faultCase) =>
      expectTruth(candidate, faultCase, false),
    )

    it.concurrent.each(endlessFaults)('$title tells the truth', (faultCase) =>
      expectTruth(candidate, faultCase, true),
    )

    it('dropAfter finds the cluster although it cannot be described yet', async () => {
      await using bench = await Bench.open(candidate)
      await breakCreate(bench, { kind: 'dropAfter' })
      bench.break({ operation: candidate.operations.describe, fault: { kind: 'notFoundOnce' } })
      const { found } = await bench.adapter.find(bench.account, bench.wanted)
      expect(found).toMatchObject([{ name: bench.wanted.name, state: 'CREATING' }])
    })

    it('dropAfter fails rather than find nothing, when the list cannot be had', async () => {
      await using bench = await Bench.open(candidate)
      await breakCreate(bench, { kind: 'dropAfter' })
      bench.break({ operation: candidate.operations.describe, fault: { kind: 'notFoundOnce' } })
      bench.break({ operation: candidate.operations.list, fault: { kind: 'html' }, times: null })
      const failure = await failureOf(bench.adapter.find(bench.account, bench.wanted))
      expect(failure).toMatchObject({ kind: 'unavailable', applied: 'no', retryable: true })
    })

    it('dropAfter does not take a cluster of another name for ours', async () => {
      await using bench = await Bench.open(candidate)
      bench.sandbox.addNamed(`${bench.wanted.name}-2`)
      bench.sandbox.addNamed(`a${bench.wanted.name}`)
      expect((await bench.adapter.find(bench.account, bench.wanted)).found).toEqual([])
      await breakCreate(bench, { kind: 'dropAfter' })
      const { found } = await bench.adapter.find(bench.account, bench.wanted)
      expect(found.map(({ name }) => name)).toEqual([bench.wanted.name])
    })
  })
}

async function breakCreate(bench: Bench, fault: FaultCase['fault']): Promise<void> {
  const { create } = bench.candidate.operations
  bench.break({ operation: create, fault })
  const failure = await failureOf(bench.adapter.create(bench.tested, bench.wanted))
  expect(failure.applied).toBe('unknown')
  await bench.sandbox.requests.waitFor(
    ({ operation, status }) => operation === create && status !== 'pending',
  )
}

async function expectTruth(candidate: Candidate, faultCase: FaultCase, impatient: boolean): Promise<void> {
  await using bench = await Bench.open(candidate, { impatient })
  const { adapter, account, wanted } = bench
  await breakCreate(bench, faultCase.fault)
  const { found } = await adapter.find(account, wanted)
  expect(found).toHaveLength(faultCase.committed ? 1 : 0)
  if (!faultCase.committed) return
  expect(found.map((observed) => adapter.matches(wanted, observed))).toEqual([true])
  const again = await failureOf(adapter.create(account, wanted))
  expect(again).toMatchObject({ kind: 'name-taken', applied: 'no', retryable: false })
  expect(bench.sandbox.clusters()).toHaveLength(1)
}
