import { isJsonObject, type Json, type JsonObject } from '../../cluster/json.ts'

/** Reads an OpenAPI document as the plain JSON that it is. */
export function objectAt(value: Json | undefined, ...path: string[]): JsonObject {
  let at: Json | undefined = value
  for (const key of path) at = isJsonObject(at) ? at[key] : undefined
  return isJsonObject(at) ? at : {}
}

export function textAt(value: JsonObject, key: string): string {
  const text = value[key]
  return typeof text === 'string' ? text : ''
}

export function listAt(value: JsonObject, key: string): JsonObject[] {
  const list = value[key]
  return Array.isArray(list) ? list.filter(isJsonObject) : []
}

/** The thing itself where it is a reference to a component. Siblings of the reference win. */
export function resolved(document: JsonObject, value: JsonObject): JsonObject {
  const { $ref, ...siblings } = value
  if (typeof $ref !== 'string') return value
  return { ...objectAt(document, ...$ref.replace('#/', '').split('/')), ...siblings }
}

export interface DocumentedOperation {
  method: string
  path: string
  operation: JsonObject
}

/** The operations of a tag, in the order of the document. */
export function operationsOf(document: JsonObject, tag: string): DocumentedOperation[] {
  return Object.entries(objectAt(document, 'paths')).flatMap(([path, item]) =>
    Object.entries(isJsonObject(item) ? item : {})
      .map(([method, operation]) => ({ method, path, operation: objectAt(operation) }))
      .filter(({ operation }) => Array.isArray(operation.tags) && operation.tags.includes(tag)),
  )
}
