import type { Child } from './child.ts'
import type { Load, LoadCalls, LoadResult } from './load-process.ts'
import type { Scale } from './options.ts'
import type { Probe } from './probe.ts'

/** Works for so long and tells how it went. */
export type Contestant<R> = (durationS: number) => Promise<R>

/**
 * Lets two work in turn, A B A B …, so that a slow minute of the machine strikes both. Warms both up first; a
 * comparison that follows another one of the same processes need not.
 */
export async function interleave<A, B>(
  { warmUpS, rounds, roundS }: Pick<Scale, 'warmUpS' | 'rounds' | 'roundS'>,
  a: Contestant<A>,
  b: Contestant<B>,
): Promise<[A[], B[]]> {
  if (warmUpS > 0) {
    await a(warmUpS)
    await b(warmUpS)
  }
  const results: [A[], B[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    results[0].push(await a(roundS))
    results[1].push(await b(roundS))
  }
  return results
}

/** Lets several work in turn, A B C A B C …. Answers the rounds of each. */
export async function inTurn<R>(
  { rounds, roundS }: Pick<Scale, 'rounds' | 'roundS'>,
  contestants: readonly Contestant<R>[],
): Promise<R[][]> {
  const results = contestants.map((): R[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [index, work] of contestants.entries()) results[index]?.push(await work(roundS))
  }
  return results
}

export interface LoadedRound extends LoadResult {
  /** Processor time of the server, all its threads together. */
  cpuUs: number
}

/** A server under load. */
export function underLoad(
  loader: Child<LoadCalls>,
  server: Pick<Child<Probe>, 'call'>,
  load: Omit<Load, 'durationS'>,
): Contestant<LoadedRound> {
  return async (durationS) => {
    const before = await server.call('usage')
    const result = await loader.call('run', { ...load, durationS })
    const after = await server.call('usage')
    return { ...result, cpuUs: (after.cpuUs - before.cpuUs) / result.requests }
  }
}
