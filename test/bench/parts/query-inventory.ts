import type { BareCalls } from '../bare-process.ts'
import { Child } from '../child.ts'
import { type Gateway, startGateway } from '../gateway.ts'
import { interleave, type LoadedRound, underLoad } from '../interleave.ts'
import type { LoadCalls } from '../load-process.ts'
import type { Scale } from '../options.ts'
import { type Figure, figure, ratio } from '../report.ts'
import { median } from '../statistics.ts'
import { makeWorld, type World } from '../world.ts'

export const about =
  'filters, orders, words, counts and summaries of a varied inventory, against a raw page of it'

const page = (query: Record<string, string>) =>
  `/clusters?${new URLSearchParams({ pageSize: '50', ...query })}`

/** Each by what it is called in the report. */
const queries: Record<string, string> = {
  'first page': page({}),
  'by team': page({ team: 'team-7' }),
  'by state': page({ state: 'READY' }),
  'by region': page({ region: 'gcp-us-west1' }),
  'by label': page({ 'label.env': 'prod' }),
  'by plan': page({ filter: 'spec.plan = "FREE"' }),
  'by creator': page({ filter: 'createdBy.id = "key-team-7-2"' }),
  'by age': page({ filter: 'age > 100d' }),
  'by team and state': page({ filter: 'team = "team-7" AND state = "FAILED"' }),
  'by an alternative': page({ filter: 'state = "MISSING" OR expireTime:*' }),
  'by what nothing serves': page({ filter: 'displayName:"nothing of the kind"' }),
  'ordered by name': page({ orderBy: 'name' }),
  'ordered by expireTime': page({ orderBy: 'expireTime desc' }),
  'full text': page({ q: 'fast search' }),
  'with a count': page({ count: 'true', state: 'READY' }),
  summary: '/clusters/summary?groupBy=team,state',
}

export async function run(scale: Scale): Promise<Figure[]> {
  const [small, large] = scale.pageRows
  const few = await measure(scale, small)
  const many = await measure(scale, large)
  const sizes = `${large.toLocaleString('en')} of ${small.toLocaleString('en')} rows`
  return Object.keys(many).flatMap((name) => {
    const { ours = [], theirs = [] } = many[name] ?? {}
    const p50 = (rounds: readonly LoadedRound[]) => median(rounds.map(({ p50Ms }) => p50Ms))
    return [
      ratio(
        `pages a second ${name}, of raw`,
        ours.map(({ perSecond }) => perSecond),
        theirs.map(({ perSecond }) => perSecond),
      ),
      figure(`  p50, ${sizes}`, p50(ours) / p50(few[name]?.ours ?? []), '×'),
    ]
  })
}

interface Measured {
  ours: LoadedRound[]
  theirs: LoadedRound[]
}

async function measure(scale: Scale, clusters: number): Promise<Record<string, Measured>> {
  using world = await makeWorld({ clusters, spread: true })
  await using gateway = await startGateway(world)
  await using bare = new Child<BareCalls>('bare-process.ts')
  await bare.call('servePages', world.database)
  const bareUrl = await bare.call('listen')
  await using loader = new Child<LoadCalls>('load-process.ts')
  const all = { ...queries, 'deep page': await deepPage(gateway, world) }
  const measured: Record<string, Measured> = {}
  for (const [name, path] of Object.entries(all)) {
    const headers = { authorization: `Bearer ${world.apiKey}` }
    const load = { method: 'GET', headers, connections: 4 } as const
    const [ours, theirs] = await interleave(
      {
        ...scale,
        warmUpS: Math.min(scale.warmUpS, 2),
        rounds: Math.min(scale.rounds, 3),
        roundS: Math.min(scale.roundS, 1),
      },
      underLoad(loader, gateway.process, { ...load, paths: [path], url: gateway.url }),
      underLoad(loader, bare, { ...load, paths: ['/clusters'], url: bareUrl }),
    )
    measured[name] = { ours, theirs }
  }
  return measured
}

/** The page after twenty others, or as far as there are any. */
async function deepPage({ url }: Gateway, { apiKey }: World): Promise<string> {
  let path = page({})
  for (let pages = 0; pages < 20; pages++) {
    const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${apiKey}` } })
    const { nextPageToken } = (await answer.json()) as { nextPageToken?: string }
    if (nextPageToken === undefined) break
    path = page({ pageToken: nextPageToken })
  }
  return path
}
