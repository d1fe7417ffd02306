import type { BareCalls } from '../bare-process.ts'
import { Child } from '../child.ts'
import { startGateway } from '../gateway.ts'
import { interleave, type LoadedRound, underLoad } from '../interleave.ts'
import type { LoadCalls } from '../load-process.ts'
import type { Scale } from '../options.ts'
import { type Figure, overRounds, ratio } from '../report.ts'
import { makeWorld } from '../world.ts'

export const about = 'authenticated GET /clusters/{id} against bare Hono that answers the same bytes'

const connections = 32
/** Clusters that are asked for in turn. */
const asked = 100

export async function run(scale: Scale): Promise<Figure[]> {
  using world = await makeWorld({ clusters: scale.clusters })
  const ids = world.clusterIds.slice(0, asked)
  await using gateway = await startGateway(world)
  await using bare = new Child<BareCalls>('bare-process.ts')
  await using loader = new Child<LoadCalls>('load-process.ts')
  const headers = { authorization: `Bearer ${world.apiKey}` }
  const texts = new Map<string, string>()
  for (const id of ids)
    texts.set(id, await (await fetch(`${gateway.url}/clusters/${id}`, { headers })).text())
  await bare.call('serveTexts', texts)
  const load = { method: 'GET', paths: ids.map((id) => `/clusters/${id}`), headers, connections } as const
  const [ours, theirs] = await interleave(
    scale,
    underLoad(loader, gateway.process, { ...load, url: gateway.url }),
    underLoad(loader, bare, { ...load, url: await bare.call('listen') }),
  )
  return figuresOf(ours, theirs)
}

function figuresOf(ours: LoadedRound[], theirs: LoadedRound[]): Figure[] {
  const both = (what: string, unit: string, pick: (round: LoadedRound) => number) => [
    overRounds(what, ours.map(pick), unit),
    overRounds('  bare Hono', theirs.map(pick), unit),
  ]
  const perSecond = (round: LoadedRound) => round.perSecond
  const cpuUs = (round: LoadedRound) => round.cpuUs
  return [
    ratio('requests a second, of bare Hono', ours.map(perSecond), theirs.map(perSecond), {
      sign: '≥',
      value: 0.6,
    }),
    ratio('CPU a request, of bare Hono', ours.map(cpuUs), theirs.map(cpuUs)),
    ...both(`requests a second, ${connections} connections`, '/s', perSecond),
    ...both('CPU a request', 'µs', cpuUs),
    ...both('p50', 'ms', (round) => round.p50Ms),
    ...both('p99', 'ms', (round) => round.p99Ms),
  ]
}
