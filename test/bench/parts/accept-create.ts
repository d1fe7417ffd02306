import { join } from 'node:path'
import Database from 'better-sqlite3'
import { Child } from '../child.ts'
import { startGateway } from '../gateway.ts'
import { type Contestant, interleave, type LoadedRound, underLoad } from '../interleave.ts'
import type { Inventories } from '../inventories.ts'
import type { LoadCalls } from '../load-process.ts'
import type { Scale } from '../options.ts'
import { createBody, createHeaders } from '../orders.ts'
import type { RawWriterCalls } from '../raw-writer-process.ts'
import { type Figure, overRounds, ratio, type Target } from '../report.ts'
import { startSilentUpstream } from '../silent-upstream.ts'
import { makeWorld, type World } from '../world.ts'

export const about = 'POST /clusters, on disk when answered, against raw better-sqlite3 writing its rows'

const slowSync = join(import.meta.dirname, '../slow-sync.ts')

export async function run(scale: Scale, inventories: Inventories): Promise<Figure[]> {
  await using upstream = await startSilentUpstream()
  using world = await makeWorld({ baseUrl: upstream.url })
  using slowWorld = await makeWorld({ baseUrl: upstream.url })
  const largest = scale.inventory.at(-1) ?? 0
  const large = await inventories.of(largest)
  pointTo(upstream.url, large)
  // Those after the first start with the same code, warmed up by itself.
  const short = { ...scale, rounds: Math.min(scale.rounds, 3) }
  const rows = `64 callers, beside ${largest.toLocaleString('en')} clusters`
  return [
    ...(await compare(scale, world, '64 callers', { target: { sign: '≥', value: 0.6 } })),
    ...(await compare(short, world, '1 caller', { callers: 1 })),
    ...(await compare(short, slowWorld, '64 callers, syncs 1 ms slower', {
      slowerMs: 1,
      target: { sign: '≥', value: 3 },
    })),
    ...(await compare(short, large, rows, {})),
  ]
}

/** Has the provider of a world that is at rest be at this address. */
function pointTo(baseUrl: string, { database }: World): void {
  const db = new Database(database)
  db.prepare(`update connections set settings = json_set(settings, '$.baseUrl', ?)`).run(baseUrl)
  db.close()
}

interface Comparison {
  callers?: number
  slowerMs?: number
  target?: Target
}

async function compare(
  scale: Scale,
  world: World,
  what: string,
  { callers = 64, slowerMs = 0, target }: Comparison,
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
