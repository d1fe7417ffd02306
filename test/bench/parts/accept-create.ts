import { compareCreates } from '../creates.ts'
import type { Scale } from '../options.ts'
import type { Figure } from '../report.ts'
import { startSilentUpstream } from '../silent-upstream.ts'
import { makeWorld } from '../world.ts'

export const about = 'POST /clusters, on disk when answered, against raw better-sqlite3 writing its rows'

export async function run(scale: Scale): Promise<Figure[]> {
  await using upstream = await startSilentUpstream()
  using world = await makeWorld({ baseUrl: upstream.url })
  using slowWorld = await makeWorld({ baseUrl: upstream.url })
  const fewer = { ...scale, rounds: Math.min(scale.rounds, 3) }
  const many = await compareCreates(scale, world, '64 callers', { target: { sign: '≥', value: 0.6 } })
  const one = await compareCreates(fewer, world, '1 caller', { callers: 1 })
  const slower = { slowerMs: 1, target: { sign: '≥', value: 3 } } as const
  const slow = await compareCreates(fewer, slowWorld, '64 callers, syncs 1 ms slower', slower)
  return [...many, ...one, ...slow]
}
