import { describe, expect, it } from 'vitest'
import { ProviderFailure } from '../../src/cluster/failure.ts'
import { type Attempt, attemptsOf } from './attempts.ts'
import { Bench, failureOf, outcomeOf } from './bench.ts'
import type { Candidate, Refusal } from './candidate.ts'
import { endlessFaults, type FaultCase, quickFaults } from './fault-cases.ts'

/** What becomes of a call that changes something, whatever goes wrong. */
export function changes(candidate: Candidate): void {
  const attempts = attemptsOf(candidate)

  describe.each(attempts)('$title', (attempt) => {
    it.each(quickFaults)('under $title tells what may have happened', async (faultCase) => {
      await using bench = await Bench.open(candidate)
      await expectRightFailure(bench, attempt, faultCase)
    })

    it.each(candidate.refusals)('understands a refusal: $title', async (refusal) => {
      await using bench = await Bench.open(candidate)
      await expectRefused(bench, attempt, refusal)
    })

    it('only takes longer under a latency', async () => {
      await using bench = await Bench.open(candidate)
      const cluster = await attempt.arrange(bench)
      const before = bench.world()
      bench.break({ operation: attempt.operation, fault: { kind: 'latency', ms: 5 } })
      await attempt.act(bench, bench.account, cluster)
      expect(bench.world()).not.toBe(before)
      expect(bench.sandbox.faults.list()).toEqual([])
    })
  })

  // Each takes as long as patience lasts: all at once.
  it.concurrent.each(endlessFaults)(
    'whatever is asked for, gives up under $title and does not know',
    async (faultCase) => {
      await Promise.all(attempts.map((attempt) => expectGivenUp(candidate, attempt, faultCase)))
    },
  )
}

async function expectGivenUp(candidate: Candidate, attempt: Attempt, faultCase: FaultCase): Promise<void> {
  await using bench = await Bench.open(candidate, { impatient: true })
  await expectRightFailure(bench, attempt, faultCase)
}

async function expectRightFailure(bench: Bench, attempt: Attempt, faultCase: FaultCase): Promise<void> {
  const { operation } = attempt
  const cluster = await attempt.arrange(bench)
  const before = bench.world()
  bench.sandbox.requests.clear()
  bench.break({ operation, fault: faultCase.fault })
  const failure = await failureOf(attempt.act(bench, bench.tested, cluster))
  // A caller that gave up may be ahead of the provider.
  await bench.sandbox.requests.waitFor((call) => call.operation === operation && call.status !== 'pending')
  expect(failure, attempt.title).toMatchObject(faultCase.expected)
  expect(bench.changingCalls(), attempt.title).toBe(1)
  expect(bench.world() !== before, attempt.title).toBe(faultCase.committed)
  expect(bench.sandbox.faults.list()).toEqual([])

  const again = await outcomeOf(attempt.act(bench, bench.account, cluster))
  if (again instanceof ProviderFailure) {
    expect(faultCase.committed).toBe(true)
    expect(again.applied).toBe('no')
    expect(['name-taken', 'wrong-state']).toContain(again.kind)
  }
  expect(bench.world()).not.toBe(before)
  if (cluster === null) expect(bench.sandbox.clusters()).toHaveLength(1)
}

async function expectRefused(bench: Bench, attempt: Attempt, refusal: Refusal): Promise<void> {
  const { error, applied, kind, kindAtCreate = kind } = refusal
  const cluster = await attempt.arrange(bench)
  const before = bench.world()
  bench.sandbox.requests.clear()
  bench.break({ operation: attempt.operation, fault: { kind: 'error', ...error } })
  const failure = await failureOf(attempt.act(bench, bench.account, cluster))
  expect(failure).toMatchObject({ kind: cluster === null ? kindAtCreate : kind, applied })
  expect(failure.message).toContain(error.message)
  expect(bench.changingCalls()).toBe(1)
  expect(bench.world()).toBe(before)
  const brief = ['rate-limited', 'unavailable', 'protocol']
  const lasting = [
    'invalid',
    'unauthenticated',
    'forbidden',
    'not-found',
    'name-taken',
    'quota',
    'unsupported',
  ]
  if (brief.includes(failure.kind)) expect(failure.retryable).toBe(true)
  if (lasting.includes(failure.kind)) expect(failure.retryable).toBe(false)
}
