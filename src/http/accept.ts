import { parseAccept } from 'hono/utils/accept'
import { Problem } from '../cluster/problem.ts'

/** Of the types on offer, the one that an `Accept` header likes best; the earlier where it likes several as much. */
export function negotiate(header: string | undefined, offered: readonly [string, ...string[]]): string {
  if (header === undefined || header.trim() === '') return offered[0]
  const ranges = parseAccept(header)
  const quality = (type: string): number => {
    const [main = ''] = type.split('/')
    const bySpecificity = [type, `${main}/*`, '*/*'].map((range) =>
      ranges.find((accepted) => accepted.type.toLowerCase() === range),
    )
    return bySpecificity.find((accepted) => accepted !== undefined)?.q ?? 0
  }
  const best = offered.reduce((a, b) => (quality(b) > quality(a) ? b : a))
  if (quality(best) > 0) return best
  throw new Problem('not-acceptable', `This can be given as ${offered.join(' or ')}.`)
}
