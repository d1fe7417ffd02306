import Database from 'better-sqlite3'
import { compareCreates } from '../creates.ts'
import type { Inventories } from '../inventories.ts'
import type { Scale } from '../options.ts'
import type { Figure } from '../report.ts'
import { startSilentUpstream } from '../silent-upstream.ts'
import type { World } from '../world.ts'

export const about =
  'POST /clusters in the largest inventory, against raw better-sqlite3 in one of a single cluster'

export async function run(scale: Scale, inventories: Inventories): Promise<Figure[]> {
  await using upstream = await startSilentUpstream()
  const world = await inventories.of(scale.inventory.at(-1) ?? 0)
  pointTo(upstream.url, world)
  const fewer = { ...scale, rounds: Math.min(scale.rounds, 3) }
  return compareCreates(fewer, world, `64 callers, beside ${world.clusterCount.toLocaleString('en')}`)
}

/** Has the provider of a world that is at rest be at this address. */
function pointTo(baseUrl: string, { database }: World): void {
  const db = new Database(database)
  db.prepare(`update connections set settings = json_set(settings, '$.baseUrl', ?)`).run(baseUrl)
  db.close()
}
