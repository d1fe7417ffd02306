import { Child } from '../child.ts'
import type { Scale } from '../options.ts'
import type { RawWriterCalls } from '../raw-writer-process.ts'
import type { ReconcilerCalls } from '../reconciler-process.ts'
import { type Figure, overRounds, ratio } from '../report.ts'
import { makeWorld } from '../world.ts'

export const about =
  'steps of the reconciler, each two durable transactions, with a provider that answers at once'

export async function run(scale: Scale): Promise<Figure[]> {
  using world = await makeWorld({ moreConnections: 3 })
  using rawWorld = await makeWorld({ clusters: 1 })
  await using reconciler = new Child<ReconcilerCalls>('reconciler-process.ts')
  await using raw = new Child<RawWriterCalls>('raw-writer-process.ts')
  await reconciler.call('open', world.database, world.masterKey)
  await raw.call('open', rawWorld.database)
  const named = world.connections.map(({ id, name }) => ({ id, name }))
  const steps: number[] = []
  const cpuUs: number[] = []
  const writes: number[] = []
  // The first round warms up.
  for (let round = 0; round <= scale.rounds; round++) {
    await reconciler.call('prepare', scale.stepped, named)
    const before = await reconciler.call('usage')
    const perSecond = await reconciler.call('run', scale.stepped)
    const after = await reconciler.call('usage')
    const rawPerSecond = await raw.call('run', scale.roundS)
    if (round === 0) continue
    steps.push(perSecond)
    cpuUs.push((after.cpuUs - before.cpuUs) / (2 * scale.stepped))
    writes.push(rawPerSecond)
  }
  return [
    ratio(
      'steps a second, of half the raw transactions',
      steps,
      writes.map((perSecond) => perSecond / 2),
    ),
    overRounds('steps a second', steps, '/s'),
    overRounds('  CPU a step', cpuUs, 'µs'),
    overRounds('raw transactions a second', writes, '/s'),
  ]
}
