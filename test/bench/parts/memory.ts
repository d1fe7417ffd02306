import { setTimeout } from 'node:timers/promises'
import { type Gateway, startGateway } from '../gateway.ts'
import type { Scale } from '../options.ts'
import { createBody, createHeaders } from '../orders.ts'
import { type Figure, figure } from '../report.ts'
import { startSilentUpstream } from '../silent-upstream.ts'
import { makeWorld, type World } from '../world.ts'

export const about = 'memory of the process: started, idle, with creates that wait, and after them'

const mib = 2 ** 20
const rssTarget = { sign: '≤', value: 120 } as const

export async function run(scale: Scale): Promise<Figure[]> {
  await using upstream = await startSilentUpstream()
  using world = await makeWorld({ baseUrl: upstream.url, clusters: scale.clusters })
  await using gateway = await startGateway(world)
  const started = await gateway.process.call('usage')
  await setTimeout(scale.idleS * 1000)
  const idle = await gateway.process.call('usage')
  // The first ones bring code and caches that stay, however many follow.
  await createMany(world, gateway, 'first', scale.pending)
  const before = await gateway.process.call('usageAtRest')
  await createMany(world, gateway, 'then', scale.pending)
  const after = await gateway.process.call('usageAtRest')
  return [
    figure('RSS when started', started.rss / mib, 'MiB', rssTarget),
    figure(`RSS after ${scale.idleS} s without a request`, idle.rss / mib, 'MiB', rssTarget),
    figure(`RSS after ${2 * scale.pending} creates`, after.rss / mib, 'MiB'),
    figure('heap held for a create that waits', (after.heapUsed - before.heapUsed) / scale.pending, 'bytes'),
  ]
}

async function createMany(world: World, { url }: Gateway, prefix: string, count: number): Promise<void> {
  const headers = createHeaders(world.apiKey)
  const indexes = Array.from({ length: count }, (_, index) => index).values()
  const work = async () => {
    for (const index of indexes) {
      const body = createBody(`${prefix}-${index}`)
      const answer = await fetch(`${url}/clusters`, { method: 'POST', headers, body })
      if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`)
      await answer.arrayBuffer()
    }
  }
  await Promise.all(Array.from({ length: 16 }, work))
}
