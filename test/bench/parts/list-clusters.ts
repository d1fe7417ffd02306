import type { BareCalls } from '../bare-process.ts'
import { Child } from '../child.ts'
import { startGateway } from '../gateway.ts'
import { interleave, type LoadedRound, underLoad } from '../interleave.ts'
import type { LoadCalls } from '../load-process.ts'
import type { Scale } from '../options.ts'
import { type Figure, figure, overRounds, ratio } from '../report.ts'
import { median } from '../statistics.ts'
import { makeWorld } from '../world.ts'

export const about = 'GET /clusters?pageSize=50 against bare Hono with raw better-sqlite3 and JSON.stringify'

export async function run(scale: Scale): Promise<Figure[]> {
  const [small, large] = scale.pageRows
  const few = await compare(scale, small)
  const many = await compare(scale, large)
  return [
    ...figuresOf(small, few),
    ...figuresOf(large, many),
    figure(
      `CPU a page, ${rows(large)} of ${rows(small)}`,
      median(many.ours.map((round) => round.cpuUs)) / median(few.ours.map((round) => round.cpuUs)),
      '×',
      { sign: '≤', value: 1.5 },
    ),
  ]
}

interface Compared {
  ours: LoadedRound[]
  theirs: LoadedRound[]
}

async function compare(scale: Scale, count: number): Promise<Compared> {
  using world = await makeWorld({ clusters: count })
  await using gateway = await startGateway(world)
  await using bare = new Child<BareCalls>('bare-process.ts')
  await using loader = new Child<LoadCalls>('load-process.ts')
  await bare.call('servePages', world.database)
  const headers = { authorization: `Bearer ${world.apiKey}` }
  const load = { method: 'GET', paths: ['/clusters?pageSize=50'], headers, connections: 16 } as const
  const [ours, theirs] = await interleave(
    scale,
    underLoad(loader, gateway.process, { ...load, url: gateway.url }),
    underLoad(loader, bare, { ...load, url: await bare.call('listen') }),
  )
  return { ours, theirs }
}

function figuresOf(count: number, { ours, theirs }: Compared): Figure[] {
  const perSecond = (round: LoadedRound) => round.perSecond
  return [
    ratio(`pages a second, ${rows(count)}, of raw`, ours.map(perSecond), theirs.map(perSecond), {
      sign: '≥',
      value: 1,
    }),
    overRounds(`pages a second, ${rows(count)}`, ours.map(perSecond), '/s'),
    overRounds('  raw', theirs.map(perSecond), '/s'),
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

function rows(count: number): string {
  return `${count.toLocaleString('en')} rows`
}
