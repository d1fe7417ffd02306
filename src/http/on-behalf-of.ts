import type { Person } from '../cluster/actor.ts'
import type { Caller } from '../cluster/caller.ts'
import { invalid, Problem } from '../cluster/problem.ts'

const longestName = 200

/**
 * The person that the `On-Behalf-Of` header names, on the word of a caller that may give it. It is written down beside
 * the caller and grants nothing.
 */
export function readOnBehalfOf(caller: Caller, header: string | undefined): Person | undefined {
  if (header === undefined) return undefined
  if (!caller.speaksForOthers) {
    const detail = 'Only an API key made with allowOnBehalfOf may send On-Behalf-Of. Leave the header out.'
    throw new Problem('forbidden', detail)
  }
  const id = header.trim()
  if (id.length <= longestName && /^[\x20-\x7e]+$/.test(id)) return { type: 'user', id, displayName: id }
  const detail = `must be 1 to ${longestName} printable ASCII characters, such as an e-mail address`
  throw invalid([{ pointer: 'header/On-Behalf-Of', detail }])
}
