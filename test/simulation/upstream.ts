import type { UpstreamRequest, UpstreamResponse } from '../../src/cluster/provider.ts'
import { callEmulator, comesByItself, type Emulated } from '../emulated-call.ts'
import type { GatewayProcess } from './gateway-process.ts'
import type { Pulse } from './pulse.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Timeline } from './timeline.ts'

/** Sees every changing call and every answer, as nobody in the gateway does. */
export interface Witness {
  /** A call that may change something leaves the gateway. */
  leaves(request: UpstreamRequest): Promise<void>
  /** It arrives at the provider; what is returned is told of the answer. */
  arrives(request: UpstreamRequest): (response: UpstreamResponse | null) => void
  /** A process has its answer. */
  hears(process: GatewayProcess, response: UpstreamResponse): void
}

/** How badly the way to the providers is. Probabilities. */
export interface Weather {
  /** An answer that takes longer than any lease, as when the process was suspended. */
  verySlow: number
  /** A create that is carried out after a proxy has given up on it. */
  late: number
}

const callTimeoutMs = 60_000

export interface UpstreamParts {
  timeline: Timeline
  pulse: Pulse
  random: SeededRandom
  /** By origin. */
  emulators: Record<string, Emulated>
  witness: Witness
  /** Told of every answer that a process has heard. */
  tell: (what: string) => void
}

/** The network between the gateway and the emulated providers: real requests and answers, on virtual time. */
export class Upstream {
  weather: Weather = { verySlow: 0, late: 0 }
  readonly #parts: UpstreamParts

  constructor(parts: UpstreamParts) {
    this.#parts = parts
  }

  readonly send = async (process: GatewayProcess, request: UpstreamRequest): Promise<UpstreamResponse> => {
    const { timeline, random, witness, tell } = this.#parts
    await process.survive()
    if (request.method !== 'GET') await witness.leaves(request)
    await timeline.delay(random.between(1, random.chance(0.1) ? 2000 : 50))
    const late = request.operation.startsWith('create') && random.chance(this.weather.late)
    if (late) timeline.after(random.between(1000, 15_000), () => void this.#deliver(request).catch(() => {}))
    const answered = late
      ? Promise.resolve({ status: 504, headers: {}, text: '<html>Gateway Timeout</html>' })
      : this.#deliver(request)
    // Whatever it is, it is on its way for a while before it is heard of.
    await answered.catch(() => {})
    await timeline.delay(this.#replyDelay())
    await process.survive()
    const answer = await answered.catch((error) => {
      tell(`${process.name} ${request.operation}: ${error.message}`)
      throw error
    })
    tell(`${process.name} ${request.operation}: ${answer.status}`)
    witness.hears(process, answer)
    return answer
  }

  #replyDelay(): number {
    const { random } = this.#parts
    if (random.chance(this.weather.verySlow)) return random.between(180_000, 400_000)
    return random.between(1, random.chance(0.1) ? 2000 : 50)
  }

  async #deliver(request: UpstreamRequest): Promise<UpstreamResponse> {
    const { timeline, pulse, emulators, witness } = this.#parts
    const url = new URL(request.url)
    const emulator = emulators[url.origin]
    if (!emulator) throw new Error(`nothing listens at ${url.origin}`)
    const tell = witness.arrives(request)
    const gone = new AbortController()
    const answer = callEmulator(emulator, request, gone.signal)
    const settled = await pulse.during(() => comesByItself(answer))
    if (!settled) timeline.after(callTimeoutMs, () => gone.abort())
    const response = await answer.catch((error) => {
      tell(null)
      throw error
    })
    tell(response)
    return response
  }
}
