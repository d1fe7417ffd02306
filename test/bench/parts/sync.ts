import { Child } from '../child.ts'
import { type Gateway, startGateway } from '../gateway.ts'
import type { Scale } from '../options.ts'
import { type Figure, figure, overRounds } from '../report.ts'
import { makeWorld, type World } from '../world.ts'
import type { ZillizCalls } from '../zilliz-process.ts'

export const about = 'one sync of a connection from the first page of its list to the last'

const mib = 2 ** 20
const perPage = 100

export async function run(scale: Scale): Promise<Figure[]> {
  await using zilliz = new Child<ZillizCalls>('zilliz-process.ts')
  using world = await makeWorld({ baseUrl: await zilliz.call('start', scale.synced) })
  const id = world.connections[0]?.id ?? ''
  await using gateway = await startGateway(world)
  const sync = () => measureSync(world, gateway, zilliz, id)
  // The first one finds every cluster and writes it down; the next ones find them as they were.
  const first = await sync()
  const steady: Synced[] = []
  for (let round = 0; round < Math.ceil(scale.rounds / 2); round++) steady.push(await sync())
  for (const { clusterCount } of [first, ...steady]) {
    if (clusterCount !== scale.synced) throw new Error(`a sync saw ${clusterCount} of ${scale.synced}`)
  }
  return [
    figure('first sync', first.seconds, 's'),
    figure('  rows a second of CPU', scale.synced / first.cpuS, '/s'),
    ...steadyFigures(steady, scale.synced),
  ]
}

interface Synced {
  clusterCount: unknown
  seconds: number
  cpuS: number
  extraRss: number
  extraHeap: number
  listCalls: number
}

function steadyFigures(steady: Synced[], rows: number): Figure[] {
  const over = (what: string, unit: string, pick: (sync: Synced) => number, most?: number) =>
    overRounds(what, steady.map(pick), unit, most === undefined ? undefined : { sign: '≤', value: most })
  return [
    over('steady sync', 's', (sync) => sync.seconds),
    over('  rows a second', '/s', (sync) => rows / sync.seconds),
    over('  rows a second of CPU', '/s', (sync) => rows / sync.cpuS),
    over('  calls of the list', '', (sync) => sync.listCalls, Math.ceil(rows / perPage) + 1),
    over('  most RSS above that before', 'MiB', (sync) => sync.extraRss / mib, 64),
    over('  most heap above that before', 'MiB', (sync) => sync.extraHeap / mib, 64),
  ]
}

async function measureSync(
  world: World,
  gateway: Gateway,
  zilliz: Child<ZillizCalls>,
  connectionId: string,
): Promise<Synced> {
  const before = await gateway.process.call('usageAtRest')
  await gateway.process.call('watchMemory')
  await zilliz.call('takeHeard')
  const startMs = performance.now()
  const clusterCount = await syncOnce(world, gateway, connectionId)
  const seconds = (performance.now() - startMs) / 1000
  const after = await gateway.process.call('usage')
  const peak = await gateway.process.call('peakMemory')
  return {
    clusterCount,
    seconds,
    cpuS: (after.cpuUs - before.cpuUs) / 1e6,
    extraRss: peak.rss - before.rss,
    extraHeap: peak.heapUsed - before.heapUsed,
    listCalls: (await zilliz.call('takeHeard')).lists,
  }
}

/** Asks for a sync and waits for its end. Answers how many clusters it saw. */
async function syncOnce(world: World, gateway: Gateway, id: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${world.apiKey}`, prefer: 'wait=60' }
  for (;;) {
    const answer = await fetch(`${gateway.url}/connections/${id}/sync`, { method: 'POST', headers })
    const connection: { lastSync?: { clusterCount?: number } } = JSON.parse(await answer.text())
    if (!answer.ok) throw new Error(JSON.stringify(connection))
    if (answer.status === 200) return connection.lastSync?.clusterCount
  }
}
