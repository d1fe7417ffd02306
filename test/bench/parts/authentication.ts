import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { AccessCalls } from '../access-process.ts'
import { Child } from '../child.ts'
import { interleave, type LoadedRound, underLoad } from '../interleave.ts'
import type { LoadCalls } from '../load-process.ts'
import type { Scale } from '../options.ts'
import { type Figure, overRounds } from '../report.ts'
import { makeWorld } from '../world.ts'

export const about = 'a request of a caller that is known against the same one open to anybody'

const connections = 32
/** Processor time that it may take to know who asks and whether they may, in microseconds. */
const target = { sign: '≤', value: 60 } as const

export async function run(scale: Scale): Promise<Figure[]> {
  using world = await makeWorld()
  const log = openSync(join(world.folder, 'access.log'), 'w')
  await using server = new Child<AccessCalls>('access-process.ts', { output: log })
  closeSync(log)
  await using loader = new Child<LoadCalls>('load-process.ts')
  const { url, token } = await server.call('listen', world.database, world.masterKey)
  const load = (path: string, credential: string) => {
    const headers = { authorization: `Bearer ${credential}` }
    return underLoad(loader, server, { method: 'GET', url, paths: [path], headers, connections })
  }
  const figures: Figure[] = []
  for (const [name, credential] of Object.entries({ 'API key': world.apiKey, JWT: token })) {
    const [known, anybody] = await interleave(scale, load('/guarded', credential), load('/open', credential))
    figures.push(...figuresOf(name, known, anybody))
  }
  return figures
}

function figuresOf(name: string, known: LoadedRound[], anybody: LoadedRound[]): Figure[] {
  const more = known.map(({ cpuUs }, round) => cpuUs - (anybody[round]?.cpuUs ?? Number.NaN))
  const cpuUs = (rounds: LoadedRound[]) => rounds.map((round) => round.cpuUs)
  return [
    overRounds(`more CPU a request, by ${name}`, more, 'µs', target),
    overRounds(`  CPU a request, by ${name}`, cpuUs(known), 'µs'),
    overRounds('  CPU a request, open', cpuUs(anybody), 'µs'),
  ]
}
