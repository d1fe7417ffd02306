import { z } from '@hono/zod-openapi'
import type { Json } from '../../cluster/json.ts'

const marked = new WeakSet<z.core.$ZodType>()

/**
 * Marks a field as one whose value is a secret: kept from every log line and audit entry of its request, and shown as a
 * password in the reference. To be put on last, as whatever refines a schema makes another one of it.
 */
export function secret<T extends z.ZodType>(schema: T): T {
  const described = schema.openapi({ format: 'password' })
  marked.add(described)
  return described
}

/** A way down into a document; `*` is every item of an array and every value of a record. */
export type Path = readonly string[]

/** Every field that a schema knows, with whether it is marked. */
export function fieldsOf(schema: z.core.$ZodType, path: Path = []): { path: Path; secret: boolean }[] {
  if (marked.has(schema)) return [{ path, secret: true }]
  const children = childrenOf(schema)
  const wraps = children.some(([name]) => name === null)
  return [
    ...(wraps || path.length === 0 ? [] : [{ path, secret: false }]),
    ...children.flatMap(([name, child]) => fieldsOf(child, name === null ? path : [...path, name])),
  ]
}

/** What a schema is made of; a wrapper and a union stand for what is in them, at the same place. */
function childrenOf(schema: z.core.$ZodType): [name: string | null, child: z.core.$ZodType][] {
  if (schema instanceof z.ZodObject) return Object.entries(schema.shape)
  if (schema instanceof z.ZodArray) return [['*', schema.element]]
  if (schema instanceof z.ZodRecord) return [['*', schema.valueType]]
  if (schema instanceof z.ZodUnion) return schema.options.map((option) => [null, option])
  if (schema instanceof z.ZodPipe) return [[null, schema.in]]
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return [[null, schema.unwrap()]]
  }
  return []
}

const pathsBySchema = new WeakMap<z.core.$ZodType, Path[]>()

/** The texts at the marked fields of a document, be the document valid or not. */
export function secretsIn(schema: z.core.$ZodType, document: Json): string[] {
  let paths = pathsBySchema.get(schema)
  if (paths === undefined) {
    paths = fieldsOf(schema).flatMap((field) => (field.secret ? [field.path] : []))
    pathsBySchema.set(schema, paths)
  }
  return paths.length === 0 ? [] : [...new Set(paths.flatMap((path) => textsAt(document, path)))]
}

function textsAt(value: Json | undefined, [name, ...rest]: Path): string[] {
  if (name === undefined) return typeof value === 'string' && value !== '' ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  if (name === '*') return Object.values(value).flatMap((item: Json) => textsAt(item, rest))
  return Array.isArray(value) ? [] : textsAt(value[name], rest)
}
