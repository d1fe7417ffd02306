import { describe, expect, it } from 'vitest'
import { ProviderFailure } from '../../src/cluster/failure.ts'
import type { Observed } from '../../src/cluster/provider.ts'
import { Bench, failureOf, outcomeOf } from './bench.ts'
import type { Candidate } from './candidate.ts'

/** A list is whole, or it is a failure. */
export function lists(candidate: Candidate): void {
  describe('a list', () => {
    paging(candidate)
    shifting(candidate)
    moving(candidate)
  })
}

/** More than fits one page. */
function longOf({ adapter }: Candidate): number {
  return adapter.limits.pageSize + 5
}

function paging(candidate: Candidate): void {
  const { pageSize } = candidate.adapter.limits
  const sizes = [1, pageSize - 1, pageSize, pageSize + 1, 2 * pageSize, 2 * pageSize + 1]
  const long = longOf(candidate)

  it.each(sizes)('of %i clusters has each of them once, whatever its pages', async (size) => {
    await using bench = await openFilled(candidate, size)
    const names = namesOf(await bench.listAll())
    expect(names).toEqual(namesUpTo(size))
    expect(bench.sandbox.requests.list().length).toBeLessThanOrEqual(Math.floor(size / pageSize) + 1)
  })

  it('of several pages is looked through to its end', async () => {
    await using bench = await openFilled(candidate, long)
    for (const name of [nameOf(0), nameOf(long - 1)]) {
      const { found } = await bench.adapter.find(bench.account, { ...bench.wanted, name })
      expect(namesOf(found)).toEqual([name])
    }
    expect((await bench.adapter.find(bench.account, bench.wanted)).found).toEqual([])
  })

  it('fails when one of its later pages does', async () => {
    await using bench = await openFilled(candidate, long)
    const { nextPage } = await bench.adapter.list(bench.account, null)
    expect(nextPage).not.toBeNull()
    bench.break({ operation: candidate.operations.list, fault: { kind: 'truncate' } })
    const failure = await failureOf(bench.adapter.list(bench.account, nextPage))
    expect(failure).toMatchObject({ kind: 'protocol', applied: 'no', retryable: true })
    expect((await bench.adapter.list(bench.account, nextPage)).clusters).not.toEqual([])
  })

  it('has no page but those that it gave', async () => {
    await using bench = await Bench.open(candidate)
    const failure = await failureOf(bench.adapter.list(bench.account, 'no-such-page'))
    expect(failure).toMatchObject({ kind: 'invalid', applied: 'no', retryable: false })
  })
}

function shifting(candidate: Candidate): void {
  const many = 2 * candidate.adapter.limits.pageSize + 5

  it.each([
    { change: 'removal', times: 1 },
    { change: 'removal', times: null },
    { change: 'insertion', times: 1 },
    { change: 'insertion', times: null },
  ] as const)('whose pages shift by a $change ($times times) is never short', async ({ change, times }) => {
    await using bench = await openFilled(candidate, many)
    bench.break({ operation: candidate.operations.list, fault: { kind: 'shiftPages', change }, times })
    expectWholeOrRetryable(await outcomeOf(bench.listAll()), namesUpTo(many))
  })

  it.each(['removal', 'insertion'] as const)(
    'that shifts by a %s hides no cluster from a look',
    async (change) => {
      await using bench = await openFilled(candidate, longOf(candidate))
      for (const { name } of await besidePageEnd(bench)) {
        bench.break({ operation: candidate.operations.describe, fault: { kind: 'notFoundOnce' } })
        bench.break({
          operation: candidate.operations.list,
          fault: { kind: 'shiftPages', change },
          times: null,
        })
        const outcome = await outcomeOf(bench.adapter.find(bench.account, { ...bench.wanted, name }))
        expectWholeOrRetryable(outcome instanceof ProviderFailure ? outcome : outcome.found, [name])
        bench.sandbox.faults.clear()
      }
    },
  )
}

function moving(candidate: Candidate): void {
  const long = longOf(candidate)

  it('from which a cluster goes between two pages keeps all others', async () => {
    await using bench = await openFilled(candidate, long)
    const first = await bench.adapter.list(bench.account, null)
    const [gone] = first.clusters
    expect(bench.sandbox.removeCluster(gone?.externalId ?? '')).toBe(true)
    const outcome = await outcomeOf(restOf(bench, first.nextPage))
    const whole = outcome instanceof ProviderFailure ? outcome : [...first.clusters, ...outcome]
    expectWholeOrRetryable(whole, namesUpTo(long))
  })

  it('to which a cluster comes between two pages keeps all that were there', async () => {
    await using bench = await openFilled(candidate, long)
    const first = await bench.adapter.list(bench.account, null)
    bench.sandbox.addNamed(nameOf(long))
    const outcome = await outcomeOf(restOf(bench, first.nextPage))
    const whole = outcome instanceof ProviderFailure ? outcome : [...first.clusters, ...outcome]
    expectWholeOrRetryable(whole, namesUpTo(long))
  })
}

async function openFilled(candidate: Candidate, size: number): Promise<Bench> {
  const bench = await Bench.open(candidate)
  for (let index = 0; index < size; index += 1) bench.sandbox.addNamed(nameOf(index))
  return bench
}

function nameOf(index: number): string {
  return `many-${String(index).padStart(4, '0')}`
}

function namesUpTo(size: number): string[] {
  return Array.from({ length: size }, (_, index) => nameOf(index))
}

function namesOf(clusters: readonly Observed[]): string[] {
  return clusters.map(({ name }) => name).sort()
}

async function restOf(bench: Bench, page: string | null): Promise<Observed[]> {
  if (page === null) return []
  const { clusters, nextPage } = await bench.adapter.list(bench.account, page)
  return [...clusters, ...(await restOf(bench, nextPage))]
}

/** The last of the first page and the first of the second. */
async function besidePageEnd(bench: Bench): Promise<Observed[]> {
  const all = await bench.listAll()
  const { pageSize } = bench.adapter.limits
  return all.slice(pageSize - 1, pageSize + 1)
}

function expectWholeOrRetryable(outcome: readonly Observed[] | ProviderFailure, names: string[]): void {
  if (outcome instanceof ProviderFailure) {
    expect(outcome).toMatchObject({ applied: 'no', retryable: true })
    expect(['unavailable', 'protocol']).toContain(outcome.kind)
  } else {
    expect(namesOf(outcome)).toEqual(expect.arrayContaining(names))
  }
}
