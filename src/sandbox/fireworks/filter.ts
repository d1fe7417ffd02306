import { isObject, type JsonObject, type Message, resolvePath } from './message.ts'
import { RpcError } from './rpc-error.ts'

export type Predicate = (row: JsonObject) => boolean

const TERM = /^\s*([A-Za-z_][\w.]*)\s*(=|!=)\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([\w./-]+))/
const AND = /^\s+AND(?=\s)/

/**
 * The part of AIP-160 that this sandbox understands: `field = "value"` and `field != "value"`, joined by `AND`.
 * @throws RpcError INVALID_ARGUMENT for anything else and for unknown fields
 */
export function parseFilter(type: Message, filter: string): Predicate {
  if (filter.trim() === '') return () => true
  const terms: Predicate[] = []
  let rest = filter
  do {
    const match = TERM.exec(rest)
    if (!match) throw invalid(filter)
    const [whole, path = '', operator, double, single, bare] = match
    const names = resolvePath(type, path)
    if (!names) throw invalid(filter)
    const wanted = (double ?? single ?? bare ?? '').replace(/\\(.)/g, '$1')
    terms.push((row) => (valueAt(row, names) === wanted) === (operator === '='))
    rest = rest.slice(whole.length)
    const and = AND.exec(rest)
    if (!and && rest.trim() !== '') throw invalid(filter)
    rest = rest.slice(and?.[0].length ?? rest.length)
  } while (rest !== '')
  return (row) => terms.every((holds) => holds(row))
}

/** What stands at a path, as text; empty when nothing does. */
export function valueAt(row: JsonObject, names: readonly string[]): string {
  let value: unknown = row
  for (const name of names) value = isObject(value) ? value[name] : undefined
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : ''
}

function invalid(filter: string): RpcError {
  return new RpcError('INVALID_ARGUMENT', `invalid filter: ${filter}`)
}
