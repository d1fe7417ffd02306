import { join } from 'node:path'
import { Child } from './child.ts'
import { startGateway } from './gateway.ts'
import { type Contestant, interleave, type LoadedRound, underLoad } from './interleave.ts'
import type { LoadCalls } from './load-process.ts'
import type { Scale } from './options.ts'
import { createBody, createHeaders } from './orders.ts'
import type { RawWriterCalls } from './raw-writer-process.ts'
import { type Figure, overRounds, ratio, type Target } from './report.ts'
import { makeWorld, type World } from './world.ts'

const slowSync = join(import.meta.dirname, 'slow-sync.ts')

export interface Comparison {
  callers?: number
  /** How much longer the disk takes for a commit. */
  slowerMs?: number
  target?: Target
}

/** Has callers create in a world, and a raw writer in one of a single cluster. */
export async function compareCreates(
  scale: Scale,
  world: World,
  what: string,
  { callers = 64, slowerMs = 0, target }: Comparison = {},
): Promise<Figure[]> {
  using rawWorld = await makeWorld({ clusters: 1 })
  await using gateway = await startGateway(world, {}, slowerMs > 0 ? [slowSync] : [])
  await using raw = new Child<RawWriterCalls>('raw-writer-process.ts')
  await using loader = new Child<LoadCalls>('load-process.ts')
  await raw.call('open', rawWorld.database, slowerMs)
  const accept = underLoad(loader, gateway.process, {
    url: gateway.url,
    method: 'POST',
    paths: ['/clusters'],
    headers: { ...createHeaders(world.apiKey), 'idempotency-key': '{n}' },
    body: createBody('load-{n}'),
    connections: callers,
  })
  const write: Contestant<number> = (durationS) => raw.call('run', durationS)
  return figuresOf(what, await interleave(scale, accept, write), target)
}

function figuresOf(what: string, [ours, raw]: [LoadedRound[], number[]], target?: Target): Figure[] {
  const over = (name: string, unit: string, pick: (round: LoadedRound) => number, most?: number) =>
    overRounds(name, ours.map(pick), unit, most === undefined ? undefined : { sign: '≤', value: most })
  const perSecond = ours.map((round) => round.perSecond)
  return [
    ratio(`creates a second, ${what}, of raw transactions`, perSecond, raw, target),
    overRounds(`creates a second, ${what}`, perSecond, '/s'),
    overRounds('  raw transactions', raw, '/s'),
    over('  CPU a create', 'µs', (round) => round.cpuUs, target && 250),
    over('  p50', 'ms', (round) => round.p50Ms),
    over('  p99', 'ms', (round) => round.p99Ms),
  ]
}
