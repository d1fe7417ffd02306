import { setTimeout } from 'node:timers/promises'
import type { BareCalls } from '../bare-process.ts'
import { Child } from '../child.ts'
import { startGateway } from '../gateway.ts'
import type { Scale } from '../options.ts'
import { createBody, createHeaders } from '../orders.ts'
import { type Figure, figure } from '../report.ts'
import { median, quantile } from '../statistics.ts'
import { makeWorld } from '../world.ts'
import { startZilliz } from '../zilliz.ts'

export const about = 'from POST /clusters on an idle gateway until the create has reached its provider'

/** Long enough that the gateway is idle again, and that the provider's rate limit never holds a create back. */
const restMs = 120

export async function run({ creates }: Scale): Promise<Figure[]> {
  let arrived = Promise.withResolvers<number>()
  await using zilliz = await startZilliz({
    meet: (request) => {
      if (request.method === 'POST') arrived.resolve(performance.now())
    },
  })
  using world = await makeWorld({ baseUrl: zilliz.url })
  // Looks at the new clusters would be in each other's way.
  await using gateway = await startGateway(world, {
    CLUSTERGATE_POLL_INITIAL_MS: '3600000',
    CLUSTERGATE_POLL_MAX_MS: '3600000',
  })
  await using bare = new Child<BareCalls>('bare-process.ts')
  await bare.call('forwardTo', zilliz.url)
  const bareUrl = await bare.call('listen')

  const timeCreate = async (url: string, index: number) => {
    arrived = Promise.withResolvers<number>()
    const body = createBody(`reach-${index}`, zilliz.projectId)
    const headers = createHeaders(world.apiKey)
    const startMs = performance.now()
    const answer = await fetch(`${url}/clusters`, { method: 'POST', headers, body })
    const answeredMs = performance.now() - startMs
    if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`)
    await answer.arrayBuffer()
    return { answeredMs, reachedMs: (await arrived.promise) - startMs }
  }

  const ours: { answeredMs: number; reachedMs: number }[] = []
  const theirs: { reachedMs: number }[] = []
  for (let index = 0; index < creates; index++) {
    await setTimeout(restMs)
    ours.push(await timeCreate(gateway.url, index))
    theirs.push(await timeCreate(bareUrl, index))
  }
  return figuresOf(ours, theirs)
}

function figuresOf(
  ours: { answeredMs: number; reachedMs: number }[],
  theirs: { reachedMs: number }[],
): Figure[] {
  const reached = ours.map(({ reachedMs }) => reachedMs)
  const passedOn = theirs.map(({ reachedMs }) => reachedMs)
  return [
    figure('until it reaches the provider, p50', median(reached), 'ms', { sign: '≤', value: 15 }),
    figure('until it reaches the provider, p99', quantile(reached, 0.99), 'ms'),
    figure('  passed on by bare Hono, p50', median(passedOn), 'ms'),
    figure('  passed on by bare Hono, p99', quantile(passedOn, 0.99), 'ms'),
    figure('until it is answered, p50', median(ours.map(({ answeredMs }) => answeredMs)), 'ms'),
    figure('of bare Hono, p50', median(reached) / median(passedOn), '×'),
  ]
}
