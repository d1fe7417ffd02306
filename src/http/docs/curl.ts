import type { Json, JsonObject } from '../../cluster/json.ts'
import type { DocumentedOperation } from './openapi-parts.ts'
import { listAt, objectAt, resolved, textAt } from './openapi-parts.ts'

/** A command that carries out an operation, to be pasted into a shell with `API_KEY` set. */
export function curlOf(document: JsonObject, { method, path, operation }: DocumentedOperation): string {
  const filled = listAt(operation, 'parameters')
    .map((parameter) => resolved(document, parameter))
    .filter((parameter) => parameter.in === 'path')
    .reduce(
      (at, parameter) => at.replace(`{${textAt(parameter, 'name')}}`, textAt(parameter, 'example')),
      path,
    )
  const open = Array.isArray(operation.security) && operation.security.length === 0
  const lines = [
    `curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} http://localhost:8080${filled}`,
  ]
  if (!open) lines.push(`-H "Authorization: Bearer $API_KEY"`)
  const body = firstBody(operation)
  if (body) lines.push(`-H 'Content-Type: ${body.type}'`, `-d ${quoted(JSON.stringify(body.value))}`)
  return lines.join(' \\\n  ')
}

function firstBody(operation: JsonObject): { type: string; value: Json } | null {
  const [type] = Object.keys(objectAt(operation, 'requestBody', 'content'))
  if (type === undefined) return null
  const [example] = Object.values(objectAt(operation, 'requestBody', 'content', type, 'examples'))
  return { type, value: objectAt(example).value ?? {} }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
