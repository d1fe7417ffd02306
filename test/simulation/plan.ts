import type { Fault } from '../../src/sandbox/faults.ts'
import { type ProviderId, providerIds } from './providers.ts'
import { SeededRandom } from './seeded-random.ts'
import type { Weather } from './upstream.ts'

/** What a seed decides before anything happens. */
export interface Plan {
  provider: ProviderId
  replicas: 1 | 2
  /** Nothing goes wrong, so that nothing may look as if it had. */
  calm: boolean
  chaosMs: number
  requests: number
  faults: number
  /** How far the provider's clock is ahead of ours. */
  clockSkewMs: number
  syncIntervalMs: number
  weather: Weather
  storageFaults: number
  /** How likely a process is to die in its life. */
  mortality: number
  /** A cluster of one of the names is there already. */
  strangers: number
  /** How often somebody does something at the provider's console. */
  consoleActs: number
}

const minute = 60_000

export function planOf(seed: number, provider?: ProviderId): Plan {
  const random = new SeededRandom(seed, 'plan')
  const calm = random.chance(0.05)
  const some = (probability: number, most: number) =>
    random.chance(probability) ? random.between(1, most) : 0
  const rarely = (probability: number, value: number) => (random.chance(probability) ? value : 0)
  const plan: Plan = {
    provider: random.pick(providerIds),
    replicas: random.chance(0.4) ? 2 : 1,
    calm,
    chaosMs: random.between(1, 6) * minute,
    requests: random.between(2, 9),
    faults: random.between(0, 6),
    clockSkewMs: random.pick([0, 0, 90_000, -90_000]),
    syncIntervalMs: random.pick([24 * 60, 24 * 60, 3]) * minute,
    weather: { verySlow: rarely(0.25, 0.15), late: rarely(0.2, 0.4) },
    storageFaults: rarely(0.2, 0.05),
    mortality: random.pick([0, 0.5, 0.9]),
    strangers: some(0.15, 1),
    consoleActs: some(0.2, 2),
  }
  if (calm) Object.assign(plan, { faults: 0, storageFaults: 0, mortality: 0, strangers: 0, consoleActs: 0 })
  if (calm) plan.weather = { verySlow: 0, late: 0 }
  return provider ? { ...plan, provider } : plan
}

/** Any one fault of the book. */
export function anyFault(random: SeededRandom): Fault {
  const faults: (() => Fault)[] = [
    () => ({ kind: 'dropAfter' }),
    () => ({ kind: 'dropBefore' }),
    () => ({ kind: 'html', status: random.pick([500, 502, 503]), committed: random.chance(0.5) }),
    () => ({ kind: 'status', status: 429, headers: { 'retry-after': String(random.between(1, 90)) } }),
    () => ({ kind: 'status', status: random.pick([401, 403, 404, 409, 500, 503]), body: 'no' }),
    () => ({ kind: 'error', code: random.pick([80000, 96024, 7, 14, 2]), message: 'not now' }),
    () => ({ kind: 'hang' }),
    () => ({ kind: 'hangAfter' }),
    () => ({ kind: 'truncate' }),
    () => ({ kind: 'latency', ms: random.between(100, 90_000) }),
    () => ({ kind: 'stuck' }),
    () => ({ kind: 'stuck', state: 'PONDERING' }),
    () => ({ kind: 'state', state: random.pick(['PONDERING', 'ABNORMAL', 'FAILED', 'CREATING']) }),
    () => ({ kind: 'fail' }),
  ]
  return random.pick(faults)()
}
