import Database from 'better-sqlite3'
import type { BareCalls } from '../bare-process.ts'
import { Child } from '../child.ts'
import { type Gateway, startGateway } from '../gateway.ts'
import type { Inventories } from '../inventories.ts'
import { rowColumns } from '../inventory-queries.ts'
import type { Scale } from '../options.ts'
import { type Figure, overRounds, ratio } from '../report.ts'
import type { World } from '../world.ts'

export const about =
  'GET /clusters as NDJSON, every row of the largest inventory, against raw iteration and JSON.stringify'

const mostRounds = 3
const megabyte = 1e6

interface Exported {
  perSecond: number
  cpuUs: number
  rss: number
}

export async function run({ inventory, rounds }: Scale, inventories: Inventories): Promise<Figure[]> {
  const world = await inventories.of(inventory.at(-1) ?? 0)
  // The first start after an installation compiles everything, and keeps more than any other.
  await (await startGateway(world))[Symbol.asyncDispose]()
  await using gateway = await startGateway(world)
  await using bare = new Child<BareCalls>('bare-process.ts')
  const statement = `select ${columnsOf(world)} from clusters order by create_time desc, id desc`
  const ours: Exported[] = []
  const raw: number[] = []
  for (let round = 0; round < Math.min(rounds, mostRounds); round++) {
    ours.push(await exportAll(gateway, world, world.clusterCount))
    raw.push(await bare.call('countRows', world.database, statement))
  }
  const over = (what: string, unit: string, pick: (exported: Exported) => number, most?: number) =>
    overRounds(what, ours.map(pick), unit, most === undefined ? undefined : { sign: '≤', value: most })
  const perSecond = ours.map((exported) => exported.perSecond)
  return [
    ratio('rows a second, of raw', perSecond, raw, { sign: '≥', value: 0.5 }),
    overRounds('rows a second', perSecond, '/s'),
    overRounds('  raw', raw, '/s'),
    over('  CPU a row', 'µs', ({ cpuUs }) => cpuUs),
    over('most RSS meanwhile', 'MB', ({ rss }) => rss / megabyte, 150),
  ]
}

function columnsOf({ database }: World): string {
  const db = new Database(database, { readonly: true })
  const columns = rowColumns(db)
  db.close()
  return columns.join(', ')
}

/** Reads all of it. @throws Error where a row is missing */
async function exportAll({ url, process }: Gateway, { apiKey }: World, count: number): Promise<Exported> {
  await process.call('watchMemory')
  const before = await process.call('usage')
  const startMs = performance.now()
  const headers = { authorization: `Bearer ${apiKey}`, accept: 'application/x-ndjson' }
  const answer = await fetch(`${url}/clusters`, { headers })
  let rows = 0
  for await (const chunk of answer.body ?? []) {
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1)) rows++
  }
  const seconds = (performance.now() - startMs) / 1000
  if (rows !== count) throw new Error(`${answer.status}: ${rows} rows of ${count}`)
  const after = await process.call('usage')
  const { rss } = await process.call('peakMemory')
  return { perSecond: rows / seconds, cpuUs: (after.cpuUs - before.cpuUs) / rows, rss }
}

const newline = '\n'.charCodeAt(0)
