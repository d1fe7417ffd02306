import { Child } from '../child.ts'
import { startGateway } from '../gateway.ts'
import { type Contestant, interleave, type LoadedRound, underLoad } from '../interleave.ts'
import type { LoadCalls } from '../load-process.ts'
import type { Scale } from '../options.ts'
import { createBody, createHeaders } from '../orders.ts'
import { type Figure, overRounds, ratio } from '../report.ts'
import { startSilentUpstream } from '../silent-upstream.ts'
import { makeWorld } from '../world.ts'

export const about = 'GET /clusters/{id} while 16 callers create without pause, against the same without them'

const readers = 8
const writers = 16

interface MixedRound extends LoadedRound {
  createsPerSecond: number
}

export async function run(scale: Scale): Promise<Figure[]> {
  await using upstream = await startSilentUpstream()
  using world = await makeWorld({ baseUrl: upstream.url, clusters: scale.clusters })
  await using gateway = await startGateway(world)
  // One process for both: a third would compete with the gateway for two cores, and that wait would be measured too.
  await using loader = new Child<LoadCalls>('load-process.ts')
  const { url } = gateway
  const paths = world.clusterIds.slice(0, 100).map((id) => `/clusters/${id}`)
  const headers = { authorization: `Bearer ${world.apiKey}` }
  const read = underLoad(loader, gateway.process, {
    url,
    method: 'GET',
    paths,
    headers,
    connections: readers,
  })
  const mixed: Contestant<MixedRound> = async (durationS) => {
    const [reads, creates] = await Promise.all([
      read(durationS),
      loader.call('run', {
        url,
        method: 'POST',
        paths: ['/clusters'],
        headers: { ...createHeaders(world.apiKey), 'idempotency-key': '{n}' },
        body: createBody('load-{n}'),
        connections: writers,
        durationS,
      }),
    ])
    return { ...reads, createsPerSecond: creates.perSecond }
  }
  const [alone, beside] = await interleave(scale, read, mixed)
  return figuresOf(alone, beside)
}

function figuresOf(alone: LoadedRound[], beside: MixedRound[]): Figure[] {
  const p99 = (round: LoadedRound) => round.p99Ms
  const p50 = (round: LoadedRound) => round.p50Ms
  const target = { sign: '≤', value: 3 } as const
  return [
    ratio('p99 of reads beside creates, of alone', beside.map(p99), alone.map(p99), target),
    overRounds(`p99, ${readers} readers alone`, alone.map(p99), 'ms'),
    overRounds(`p99, beside ${writers} creating`, beside.map(p99), 'ms'),
    overRounds('p50 alone', alone.map(p50), 'ms'),
    overRounds('p50 beside', beside.map(p50), 'ms'),
    overRounds(
      'creates a second meanwhile',
      beside.map((round) => round.createsPerSecond),
      '/s',
    ),
  ]
}
