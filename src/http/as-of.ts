import { z } from '@hono/zod-openapi'
import { toRfc3339 } from '../cluster/clock.ts'
import type { Condition } from '../cluster/filter/condition.ts'
import { readTime } from '../cluster/filter/read-time.ts'
import { invalid, Problem } from '../cluster/problem.ts'
import { type PastOrderBy, pastOrders } from '../store/listing/version-listable.ts'
import { earliestInstant, settled } from '../store/past-instants.ts'
import type { Call } from './call.ts'

/** A query parameter that is an instant. */
export function instantParameter(description: string) {
  return z
    .string()
    .max(64)
    .transform((text, context) => {
      const time = readTime(text)
      if (time !== null) return time
      context.issues.push({ code: 'custom', message: timeRule, input: text })
      return z.NEVER
    })
    .optional()
    .openapi({ type: 'string', format: 'date-time', description, example: '2026-03-01T09:30:00Z' } as object)
}

const timeRule =
  'must be an RFC 3339 time, such as 2026-09-30T23:59:59Z (a plus sign is %2B), or a date for its midnight in UTC'

export const asOfParameter = {
  asOf: instantParameter(
    'As it was at this instant, with every change made until then. When a cluster was observed, and when its operation was to be tried again, is not kept, and null.',
  ),
}

/** The instant must be one of which all is known, and what was done until then on disk. */
export async function requireKnown(call: Call, name: string, time: number): Promise<void> {
  const { store, clock } = call.deps
  if (time > clock.now()) throw invalid([{ pointer: `query/${name}`, detail: 'must not be in the future' }])
  const earliest = await earliestInstant(store.reader)
  if (time < earliest) throw beforeHistory(name, toRfc3339(earliest))
  await settled(store, time)
}

function beforeHistory(name: string, earliestTime: string): Problem {
  return new Problem('before-history', `What clusters were is kept since ${earliestTime}.`, {
    errors: [{ pointer: `query/${name}`, detail: `must not be before ${earliestTime}` }],
    members: { earliestTime },
  })
}

const unkept = ['observedTime', 'observedVia']

/** Refuses what no version can tell. `asked` is where the conditions come from. */
export function requireKept(
  asked: Readonly<Record<string, unknown>>,
  conditions: readonly Condition[],
): void {
  const detail = 'cannot be asked of the past: when clusters were observed is not kept'
  if (asked.staleAfter !== undefined) throw invalid([{ pointer: 'query/staleAfter', detail }])
  if (conditions.some(asksUnkept)) {
    throw invalid([{ pointer: 'query/filter', detail: `${unkept.join(', ')} and observedAge ${detail}` }])
  }
}

function asksUnkept(condition: Condition): boolean {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.parts.some(asksUnkept)
    case 'not':
      return asksUnkept(condition.part)
    case 'word':
      return false
    case 'test':
      return unkept.includes(condition.field)
  }
}

export function pastOrderOf(orderBy: string): PastOrderBy {
  const order = pastOrders.find((each) => each === orderBy)
  if (order) return order
  throw invalid([{ pointer: 'query/orderBy', detail: `takes ${pastOrders.join(', ')} with asOf` }])
}
