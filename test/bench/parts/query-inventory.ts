import type { BareCalls } from '../bare-process.ts'
import { Child } from '../child.ts'
import { type Gateway, startGateway } from '../gateway.ts'
import { type Contestant, inTurn, type LoadedRound, underLoad } from '../interleave.ts'
import type { Inventories, SeededWorld } from '../inventories.ts'
import { type Query, queriesOf } from '../inventory-queries.ts'
import type { LoadCalls } from '../load-process.ts'
import type { Scale } from '../options.ts'
import { cell, type Figure, figure, type Target } from '../report.ts'
import { median } from '../statistics.ts'

export const about =
  'every documented question to a varied inventory of several sizes, against raw better-sqlite3 in bare Hono'

const connections = 4
/** Asked for at random by id: more than the gateway recalls between two commits. */
const mostIds = 5000
const mib = 2 ** 20
const kept = { sign: '≤', value: 1.3 } as const

/** A size of the inventory, and a gateway on it. */
interface Place {
  size: number
  world: SeededWorld
  gateway: Gateway
  queries: Record<string, Query>
  ids: string[]
}

export async function run(scale: Scale, inventories: Inventories): Promise<Figure[]> {
  await using stack = new AsyncDisposableStack()
  const places: Place[] = []
  for (const size of scale.inventory) {
    const world = await inventories.of(size)
    const gateway = stack.use(await startGateway(world))
    await gateway.process.call('watchMemory')
    places.push({ size, world, gateway, queries: queriesOf(world.database), ids: world.clusterIds })
  }
  const loader = stack.use(new Child<LoadCalls>('load-process.ts'))
  const bare = stack.use(new Child<BareCalls>('bare-process.ts'))
  const questions = await contests(places, loader, bare)
  const measured = await measure(scale, places, questions)
  return [
    ...[...measured].flatMap(([name, rounds]) => figuresOf(name, places, rounds)),
    ...(await Promise.all(places.map(memoryOf))).flat(),
  ]
}

/** Who answers each question: the gateways from the smallest to the largest, then the raw one where there is one. */
async function contests(
  places: readonly Place[],
  loader: Child<LoadCalls>,
  bare: Child<BareCalls>,
): Promise<Map<string, Contestant<LoadedRound>[]>> {
  const largest = places.at(-1)
  if (!largest) throw new Error('no size of the inventory is given')
  const rawPaths = await serveRaw(largest, bare)
  const url = await bare.call('listen')
  const contests = new Map<string, Contestant<LoadedRound>[]>()
  for (const name of [...Object.keys(largest.queries), 'get']) {
    const ours: Contestant<LoadedRound>[] = []
    for (const { gateway, world, queries, ids } of places) {
      const headers = { authorization: `Bearer ${world.apiKey}` }
      const { path, isDeep } = queries[name] ?? { path: '' }
      const asked = isDeep ? await deepPage(gateway, world, path) : path
      const paths = name === 'get' ? ids.slice(0, mostIds).map((id) => `/clusters/${id}`) : [asked]
      const load = { method: 'GET', headers, connections, paths, url: gateway.url } as const
      ours.push(underLoad(loader, gateway.process, load))
    }
    const paths = rawPaths.get(name)
    const raw = paths && underLoad(loader, bare, { method: 'GET', headers: {}, connections, paths, url })
    contests.set(name, raw ? [...ours, raw] : ours)
  }
  return contests
}

/** Has the bare server answer what it can. Answers where it does. */
async function serveRaw({ world, queries }: Place, bare: Child<BareCalls>): Promise<Map<string, string[]>> {
  const statements = new Map<string, string>()
  for (const [name, { raw }] of Object.entries(queries)) if (raw) statements.set(name, raw)
  await bare.call('serveRows', world.database, statements)
  const names = [...statements.keys()]
  return new Map(names.map((name) => [name, [`/rows/${encodeURIComponent(name)}`]]))
}

async function measure(
  scale: Scale,
  places: readonly Place[],
  contests: Map<string, Contestant<LoadedRound>[]>,
): Promise<Map<string, LoadedRound[][]>> {
  const warmUp = { rounds: 1, roundS: scale.warmUpS / contests.size }
  const warms = warmUp.roundS >= scale.queryRoundS / 4
  if (warms) for (const contestants of contests.values()) await inTurn(warmUp, contestants)
  const measured = new Map<string, LoadedRound[][]>()
  for (const [name, contestants] of contests) {
    const roundS = isCompared(name, places) ? scale.pageRoundS : scale.queryRoundS
    measured.set(name, await inTurn({ rounds: scale.queryRounds, roundS }, contestants))
  }
  return measured
}

/** Whether what it takes in the largest place is measured by what it takes in the smallest: a few rows are no measure of a page of fifty. */
function isCompared(name: string, places: readonly Place[]): boolean {
  return [places[0], places.at(-1)].every((place) => name === 'get' || place?.queries[name]?.isFull === true)
}

function figuresOf(name: string, places: readonly Place[], rounds: readonly LoadedRound[][]): Figure[] {
  const [smallest = []] = rounds
  const raw = rounds[places.length]
  return places.flatMap(({ size, queries }, index) => {
    const ours = rounds[index] ?? []
    const isLargest = index === places.length - 1
    const row = `${name}, ${size.toLocaleString('en')}`
    const of = (column: string, unit: string, pick: (round: LoadedRound) => number) =>
      cell(row, column, median(ours.map(pick)), unit)
    const growth = (column: string, pick: (round: LoadedRound) => number) => {
      const target = isLargest && isCompared(name, places) ? kept : undefined
      return cell(row, column, over(ours.map(pick), smallest.map(pick)), '×', target)
    }
    return [
      of('answers', '/s', (round) => round.perSecond),
      of('p50', 'ms', (round) => round.p50Ms),
      of('p99', 'ms', (round) => round.p99Ms),
      of('CPU', 'µs', (round) => round.cpuUs),
      ...(raw && isLargest
        ? againstRaw(row, ours, raw, queries[name]?.isFull ? targetOf(name) : undefined)
        : []),
      ...(index > 0
        ? [growth('p50 of smallest', ({ p50Ms }) => p50Ms), growth('p99 of smallest', ({ p99Ms }) => p99Ms)]
        : []),
    ]
  })
}

/** Of what raw takes. Reading the audit log is an entry in it, which no raw page makes. */
function targetOf(name: string): Target | undefined {
  return name.startsWith('entries') ? undefined : kept
}

function againstRaw(row: string, ours: LoadedRound[], raw: LoadedRound[], target?: Target): Figure[] {
  const perSecond = (round: LoadedRound) => round.perSecond
  return [
    cell(row, 'raw', median(raw.map(perSecond)), '/s'),
    cell(row, 'time of raw', over(raw.map(perSecond), ours.map(perSecond)), '×', target),
  ]
}

/** The median of how often one goes into the other, round by round. */
function over(a: readonly number[], b: readonly number[]): number {
  return median(a.map((value, index) => value / (b[index] ?? Number.NaN)))
}

async function memoryOf({ size, gateway, world }: Place): Promise<Figure[]> {
  const { rss } = await gateway.process.call('peakMemory')
  const rows = size.toLocaleString('en')
  return [
    figure(`seeding, ${rows}`, world.seedS, 's'),
    figure(`most RSS of the gateway meanwhile, ${rows}`, rss / mib, 'MiB'),
  ]
}

/** The page in the middle of the list. */
async function deepPage(
  { url }: Gateway,
  { apiKey, clusterCount }: SeededWorld,
  path: string,
): Promise<string> {
  const headers = { authorization: `Bearer ${apiKey}` }
  const pageSize = Math.min(200, Math.ceil(clusterCount / 4))
  const deep = new URL(path, url)
  for (let rows = 0; rows < clusterCount / 2; rows += pageSize) {
    // What of each row is shown, and how many are, is no part of what a token belongs to.
    const step = new URL(deep)
    step.searchParams.set('pageSize', `${pageSize}`)
    step.searchParams.set('fields', 'id')
    const { nextPageToken } = (await (await fetch(step, { headers })).json()) as { nextPageToken?: string }
    if (nextPageToken === undefined) throw new Error(`${path} ends before its middle`)
    deep.searchParams.set('pageToken', nextPageToken)
  }
  return deep.pathname + deep.search
}
