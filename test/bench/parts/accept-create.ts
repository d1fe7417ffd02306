import { Child } from '../child.ts'
import { startGateway } from '../gateway.ts'
import { type Contestant, interleave, type LoadedRound, underLoad } from '../interleave.ts'
import type { LoadCalls } from '../load-process.ts'
import type { Scale } from '../options.ts'
import { createBody, createHeaders } from '../orders.ts'
import type { RawWriterCalls } from '../raw-writer-process.ts'
import { type Figure, overRounds, ratio, type Target } from '../report.ts'
import { startSilentUpstream } from '../silent-upstream.ts'
import { makeWorld } from '../world.ts'

export const about = 'POST /clusters, on disk when answered, against raw better-sqlite3 writing its rows'

export async function run(scale: Scale): Promise<Figure[]> {
  await using upstream = await startSilentUpstream()
  using world = await makeWorld({ baseUrl: upstream.url })
  using rawWorld = await makeWorld({ clusters: 1 })
  await using gateway = await startGateway(world)
  await using raw = new Child<RawWriterCalls>('raw-writer-process.ts')
  await using loader = new Child<LoadCalls>('load-process.ts')
  await raw.call('open', rawWorld.database)
  const headers = { ...createHeaders(world.apiKey), 'idempotency-key': '{n}' }
  const body = createBody('load-{n}')
  const load = { url: gateway.url, method: 'POST', paths: ['/clusters'], headers, body } as const
  const accept = (connections: number) => underLoad(loader, gateway.process, { ...load, connections })
  const write: Contestant<number> = (durationS) => raw.call('run', durationS)
  const many = await interleave(scale, accept(64), write)
  const one = await interleave({ ...scale, warmUpS: 0 }, accept(1), write)
  return [...figuresOf('64 callers', many, { sign: '≥', value: 0.5 }), ...figuresOf('1 caller', one)]
}

function figuresOf(callers: string, [ours, raw]: [LoadedRound[], number[]], target?: Target): Figure[] {
  const perSecond = ours.map((round) => round.perSecond)
  return [
    ratio(`creates a second, ${callers}, of raw transactions`, perSecond, raw, target),
    overRounds(`creates a second, ${callers}`, perSecond, '/s'),
    overRounds('  raw transactions', raw, '/s'),
    overRounds(
      '  CPU a create',
      ours.map((round) => round.cpuUs),
      'µs',
    ),
    overRounds(
      '  p50',
      ours.map((round) => round.p50Ms),
      'ms',
    ),
    overRounds(
      '  p99',
      ours.map((round) => round.p99Ms),
      'ms',
    ),
  ]
}
