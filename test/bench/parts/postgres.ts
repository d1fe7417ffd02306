import pg from 'pg'
import { systemClock } from '../../../src/cluster/clock.ts'
import { newId } from '../../../src/cluster/id.ts'
import { hashApiKey } from '../../../src/http/api-key-text.ts'
import { findUsableKey } from '../../../src/store/api-keys.ts'
import { readSyncs } from '../../../src/store/freshness.ts'
import { openPostgres } from '../../../src/store/open-postgres.ts'
import { findClusterDocument, listClusters } from '../../../src/store/read-clusters.ts'
import { startPostgres } from '../../engine/postgres-server.ts'
import type { BareCalls, Statement } from '../bare-process.ts'
import { Child } from '../child.ts'
import { type Gateway, startGateway } from '../gateway.ts'
import { interleave, type LoadedRound, underLoad } from '../interleave.ts'
import type { LoadCalls } from '../load-process.ts'
import type { Scale } from '../options.ts'
import { createBody, createHeaders } from '../orders.ts'
import { type Figure, overRounds, ratio } from '../report.ts'
import { startSilentUpstream } from '../silent-upstream.ts'
import { makeWorld, type World } from '../world.ts'

export const about = 'a get and a page on PostgreSQL, against raw pg in bare Hono with the same statements'

const connections = 16

export async function run(scale: Scale): Promise<Figure[]> {
  await using server = await startPostgres({ durable: true })
  await using upstream = await startSilentUpstream()
  const { clusters } = scale
  using world = await makeWorld({ postgres: `${server.url}postgres`, baseUrl: upstream.url, clusters })
  await using gateway = await startGateway(world)
  await using bare = new Child<BareCalls>('bare-process.ts')
  await using loader = new Child<LoadCalls>('load-process.ts')
  await bare.call('serveStatements', world.databaseUrl, await statementsOf(world))
  const url = await bare.call('listen')
  const headers = { authorization: `Bearer ${world.apiKey}` }
  const short = { ...scale, rounds: Math.min(scale.rounds, 5) }
  const figures: Figure[] = []
  for (const [what, path] of [
    ['get', `/clusters/${world.clusterIds[0]}`],
    ['page', '/clusters?pageSize=50'],
  ] as const) {
    const load = { method: 'GET', headers, connections } as const
    const [ours, raw] = await interleave(
      short,
      underLoad(loader, gateway.process, { ...load, url: gateway.url, paths: [path] }),
      underLoad(loader, bare, { ...load, url, paths: [`/statements/${what}`] }),
    )
    figures.push(...figuresOf(what, ours, raw))
  }
  // Last, as what is created is then looked at.
  return [...figures, ...(await creates(short, world, gateway, loader))]
}

/** How many a writer for all replicas makes durable, as one replica asks it to. */
async function creates(
  scale: Scale,
  { apiKey }: World,
  gateway: Gateway,
  loader: Child<LoadCalls>,
): Promise<Figure[]> {
  const accept = underLoad(loader, gateway.process, {
    url: gateway.url,
    method: 'POST',
    paths: ['/clusters'],
    headers: { ...createHeaders(apiKey), 'idempotency-key': '{n}' },
    body: createBody('load-{n}'),
    connections: 64,
  })
  const perSecond: number[] = []
  for (let round = 0; round < scale.rounds; round++) perSecond.push((await accept(scale.roundS)).perSecond)
  return [overRounds('creates a second, 64 callers', perSecond, '/s')]
}

/** What the gateway asks the database for each request, as it is when it has been asked before. */
async function statementsOf({ databaseUrl, apiKey, clusterIds }: World): Promise<Map<string, Statement[]>> {
  await using store = await openPostgres({ url: databaseUrl, clock: systemClock, newId, connections: 4 })
  const selection = { visibleTeams: '*', conditions: [], asked: {}, orderBy: 'createTime' } as const
  const authenticate = async () => findUsableKey(store, hashApiKey(apiKey))
  const get = async () => findClusterDocument(store, clusterIds[0] ?? '')
  const list = () =>
    listClusters(store, { ...selection, descending: true, pageSize: 50, pageToken: undefined })
  return new Map([
    ['get', await recorded([authenticate, get])],
    ['page', await recorded([authenticate, list, () => readSyncs(store.reader)])],
  ])
}

async function recorded(asked: (() => Promise<unknown>)[]): Promise<Statement[]> {
  for (const ask of asked) await ask()
  const statements: Statement[] = []
  const { query } = pg.Pool.prototype
  pg.Pool.prototype.query = function (this: pg.Pool, ...args: unknown[]) {
    const [config, values] = args as [Statement, unknown[]?]
    const { name, text } = config
    statements.push({ ...(name && { name }), text, values: values ?? config.values ?? [] })
    return Reflect.apply(query, this, args)
  } as typeof query
  try {
    for (const ask of asked) await ask()
  } finally {
    pg.Pool.prototype.query = query
  }
  return statements
}

function figuresOf(what: string, ours: LoadedRound[], raw: LoadedRound[]): Figure[] {
  const both = (name: string, unit: string, pick: (round: LoadedRound) => number) => [
    overRounds(name, ours.map(pick), unit),
    overRounds('  raw', raw.map(pick), unit),
  ]
  const perSecond = (round: LoadedRound) => round.perSecond
  return [
    ratio(`${what}: requests a second, of raw`, ours.map(perSecond), raw.map(perSecond), {
      sign: '≥',
      value: 0.6,
    }),
    ...both('requests a second', '/s', perSecond),
    ...both('CPU a request', 'µs', (round) => round.cpuUs),
    ...both('p50', 'ms', (round) => round.p50Ms),
    ...both('p99', 'ms', (round) => round.p99Ms),
  ]
}
