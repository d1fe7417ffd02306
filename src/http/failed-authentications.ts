import { LRUCache } from 'lru-cache'
import type { Clock } from '../cluster/clock.ts'
import { Problem } from '../cluster/problem.ts'

const windowMs = 60_000

/** Addresses that are remembered. Past this the ones silent for longest are forgotten: memory is bounded, whoever asks. */
const mostAddresses = 10_000

interface Failures {
  count: number
  /** When the window began with the first failure. */
  since: number
}

/** One failed authentication too many from an address. The first of a window is written down, the others are not. */
export class Throttled extends Problem {
  readonly isFirst: boolean

  constructor(limit: number, resetMs: number, isFirst: boolean) {
    const resetS = Math.max(1, Math.ceil(resetMs / 1000))
    const detail =
      'Too many authentications from your address failed. A valid key or token is let through at once.'
    super('rate-limited', detail, {
      retryAfterS: resetS,
      // draft-ietf-httpapi-ratelimit-headers-10
      headers: {
        'ratelimit-policy': `"auth-failures";q=${limit};w=${windowMs / 1000}`,
        ratelimit: `"auth-failures";r=0;t=${resetS}`,
      },
    })
    this.isFirst = isFirst
  }
}

/**
 * Counts failed authentications by address, in a window that begins with the first. Only failures are held back:
 * who shares an address with an attacker, behind one proxy, is not locked out by it.
 */
export class FailedAuthentications {
  readonly #clock: Clock
  readonly #limit: number
  readonly #failures = new LRUCache<string, Failures>({ max: mostAddresses })

  constructor(clock: Clock, limit: number) {
    this.#clock = clock
    this.#limit = limit
  }

  /** What a failure is answered with: its own refusal, or that there were too many. */
  refusal(address: string | null, problem: Problem): Problem {
    if (address === null) return problem
    const network = networkOf(address)
    const now = this.#clock.now()
    const known = this.#failures.get(network)
    const isCurrent = known !== undefined && now >= known.since && now - known.since < windowMs
    const failures = isCurrent ? known : { count: 0, since: now }
    failures.count++
    this.#failures.set(network, failures)
    if (failures.count <= this.#limit) return problem
    return new Throttled(this.#limit, failures.since + windowMs - now, failures.count === this.#limit + 1)
  }
}

/** What one caller has for itself: an IPv4 address, or the 64 leading bits of an IPv6 one (RFC 6177). */
export function networkOf(address: string): string {
  const mapped = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const [head = '', tail] = address.split('%', 1).join('').toLowerCase().split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
