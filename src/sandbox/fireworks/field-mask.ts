import {
  type Field,
  fieldOf,
  isMessage,
  isObject,
  type JsonObject,
  type Message,
  resolvePath,
  toJsonName,
  toProtoName,
} from './message.ts'
import { RpcError } from './rpc-error.ts'

/**
 * The fields that a PATCH body speaks of, as leaf paths in snake_case. An empty object and a null name the whole field.
 * @throws RpcError INVALID_ARGUMENT for a field that the message does not have
 */
export function maskFromBody(type: Message, body: JsonObject): string[] {
  return Object.entries(body).flatMap(([key, value]) => {
    const name = toJsonName(key)
    const field = fieldOf(type, name)
    if (!field)
      throw new RpcError(
        'INVALID_ARGUMENT',
        `could not find field ${JSON.stringify(key)} in "${type.fullName}"`,
      )
    return pathsBelow(toProtoName(name), field, value)
  })
}

function pathsBelow(path: string, field: Field, value: unknown): string[] {
  if (!isObject(value) || Object.keys(value).length === 0) return [path]
  if (!isMessage(field)) throw new RpcError('INVALID_ARGUMENT', 'JSON structure did not match request type')
  return maskFromBody(field, value).map((below) => `${path}.${below}`)
}

/**
 * Only what a `readMask` names; everything when it is empty or `*`.
 * @throws RpcError INVALID_ARGUMENT for a path that the message does not have
 */
export function select(type: Message, value: JsonObject, paths: readonly string[]): JsonObject {
  if (paths.length === 0 || paths.includes('*')) return value
  const selected: JsonObject = {}
  for (const path of paths) {
    const names = resolvePath(type, path)
    if (!names) throw new RpcError('INVALID_ARGUMENT', `invalid read_mask path ${JSON.stringify(path)}`)
    copyAt(names, value, selected)
  }
  return selected
}

function copyAt([name, ...rest]: readonly string[], from: JsonObject, to: JsonObject): void {
  if (name === undefined) return
  const value = from[name]
  if (rest.length === 0 || !isObject(value)) {
    to[name] = value
    return
  }
  const known = to[name]
  const inner = isObject(known) ? { ...known } : {}
  copyAt(rest, value, inner)
  to[name] = inner
}
