import { isObject, type JsonObject } from './message.ts'
import { RpcError } from './rpc-error.ts'

/** A JSON body, whatever its content type says; none at all reads as `{}`. @throws RpcError INVALID_ARGUMENT */
export function parseBody(text: string): JsonObject {
  if (text.trim() === '') return {}
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw new RpcError('INVALID_ARGUMENT', 'proto: syntax error (line 1:1): the body is not JSON')
  }
  if (isObject(body)) return body
  throw new RpcError('INVALID_ARGUMENT', 'proto: syntax error (line 1:1): unexpected token, expected {')
}
