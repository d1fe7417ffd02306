import { describe, expect, it } from 'vitest'
import { type Reading, readings } from './attempts.ts'
import { Bench, facts, failureOf, outcomeOf } from './bench.ts'
import type { Candidate } from './candidate.ts'
import { endlessFaults, type FaultCase, quickFaults } from './fault-cases.ts'

/** What becomes of a call that only asks: it fails, changes nothing, and may be made again. */
export function reads(candidate: Candidate): void {
  const openEnded = ({ committed, fault }: FaultCase) => !committed || !('committed' in fault)

  describe.each(readings)('$title', (reading) => {
    it.each(quickFaults.filter(openEnded))('under $title fails, and answers when asked again', (faultCase) =>
      expectToldWhenAskedAgain(candidate, reading, faultCase, false),
    )
  })

  // Each takes as long as patience lasts: all at once.
  it.concurrent.each(endlessFaults)(
    'whatever is asked, gives up under $title, and can be asked again',
    async (faultCase) => {
      await Promise.all(
        readings.map((reading) => expectToldWhenAskedAgain(candidate, reading, faultCase, true)),
      )
    },
  )

  describe('a stray 404 is no proof that a cluster is gone', () => {
    it('to observe', async () => {
      await using bench = await Bench.open(candidate)
      const { externalId } = await bench.ready()
      bench.break({ operation: candidate.operations.describe, fault: { kind: 'html', status: 404 } })
      const outcome = await outcomeOf(bench.adapter.observe(bench.account, externalId))
      expect(outcome).not.toBeNull()
    })

    it('to delete', async () => {
      await using bench = await Bench.open(candidate)
      const { externalId } = await bench.ready()
      bench.break({ operation: candidate.operations.delete, fault: { kind: 'html', status: 404 } })
      await failureOf(bench.adapter.delete(bench.account, externalId))
      expect(await bench.observe(externalId)).toMatchObject({ state: 'READY' })
    })

    it('to find', async () => {
      await using bench = await Bench.open(candidate)
      await bench.ready()
      bench.break({ operation: '*', fault: { kind: 'html', status: 404 }, times: null })
      await failureOf(bench.adapter.find(bench.account, bench.wanted))
      await failureOf(bench.listAll())
    })
  })
}

async function expectToldWhenAskedAgain(
  candidate: Candidate,
  reading: Reading,
  { fault, expected }: FaultCase,
  impatient: boolean,
): Promise<void> {
  await using bench = await Bench.open(candidate, { impatient })
  const cluster = await bench.ready()
  const told = facts(await reading.read(bench, bench.account, cluster))
  const before = bench.world()
  bench.sandbox.requests.clear()
  bench.break({ operation: '*', fault })
  const outcome = await outcomeOf(reading.read(bench, bench.tested, cluster))
  // What is known without a call cannot fail.
  const asked = bench.sandbox.requests.list().length > 0
  // Whatever became of it, a question has changed nothing.
  if (asked) expect(outcome, reading.title).toMatchObject({ ...expected, applied: 'no' })
  else expect(facts(outcome)).toEqual(told)
  bench.sandbox.faults.clear()
  expect(bench.changingCalls()).toBe(0)
  expect(bench.world()).toBe(before)
  expect(facts(await reading.read(bench, bench.account, cluster))).toEqual(told)
}
