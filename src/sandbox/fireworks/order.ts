import { valueAt } from './filter.ts'
import { type JsonObject, type Message, resolvePath } from './message.ts'
import { RpcError } from './rpc-error.ts'

export type Comparator = (a: JsonObject, b: JsonObject) => number

/**
 * `"state, create_time desc"`: snake_case paths, ascending unless ` desc` follows. Ties, and an empty order, go by name.
 * @throws RpcError INVALID_ARGUMENT for unknown fields and malformed terms
 */
export function parseOrder(type: Message, orderBy: string): Comparator {
  const terms = orderBy.trim() === '' ? [] : orderBy.split(',')
  const comparators = [...terms, 'name'].map((term) => {
    const [path = '', direction = 'asc', ...more] = term.trim().split(/\s+/)
    const names = resolvePath(type, path)
    if (!names || more.length > 0 || (direction !== 'asc' && direction !== 'desc'))
      throw new RpcError('INVALID_ARGUMENT', `invalid order_by: ${orderBy}`)
    const sign = direction === 'desc' ? -1 : 1
    return (a: JsonObject, b: JsonObject) => sign * compare(valueAt(a, names), valueAt(b, names))
  })
  return (a, b) => {
    for (const comparator of comparators) {
      const order = comparator(a, b)
      if (order !== 0) return order
    }
    return 0
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
