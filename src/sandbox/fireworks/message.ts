import { z } from 'zod'
import { RpcError } from './rpc-error.ts'

/** How one field of a protobuf message is read from JSON and written to it. */
export interface Field<T = unknown> {
  readonly decode: z.ZodType<T>
  /** What is written when it is not set; null marks what protobuf has no default for (messages, times). */
  readonly unset: string | number | boolean | readonly never[] | null
}

export type Fields = Readonly<Record<string, Field>>

export interface Message<T = unknown> extends Field<T | undefined> {
  readonly fullName: string
  readonly fields: Fields
}

export function isMessage(field: Field | undefined): field is Message {
  return field !== undefined && 'fields' in field
}

export type JsonObject = Record<string, unknown>

type Decoded<F extends Fields> = { [Name in keyof F]: F[Name] extends Field<infer T> ? T : never }

export const text: Field<string> = {
  decode: z
    .string()
    .nullish()
    .transform((value) => value ?? ''),
  unset: '',
}

export const timestamp: Field<string | undefined> = {
  decode: z.iso
    .datetime({ offset: true })
    .nullish()
    .transform((value) => value ?? undefined),
  unset: null,
}

/** An enum and its default value. Only ever written by the server, so what is read is not looked at. */
export function enumeration(unset: string): Field<undefined> {
  return { decode: z.union([z.string(), z.int()]).nullish().transform(ignore), unset }
}

/** A field that only the server writes and whose inside is not looked at. */
export function opaque(unset: Field['unset']): Field<undefined> {
  return { decode: z.unknown().transform(ignore), unset }
}

/**
 * A message type. It is read as protojson reads it: camelCase and snake_case names alike, null is the same as absent,
 * unknown fields are dropped, and of the fields in `oneof` at most one may be set.
 */
export function message<F extends Fields>(
  fullName: string,
  fields: F,
  oneof: readonly (keyof F & string)[] = [],
): Message<Decoded<F>> {
  const shape = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.decode]))
  const object = z.object(shape).superRefine((value, context) => {
    const [, second] = oneof.filter((name) => value[name] !== undefined)
    if (second !== undefined)
      context.addIssue({ code: 'custom', path: [second], message: `oneof ${fullName}.cloud is already set` })
  })
  const decode = z.preprocess(toJsonNames, object.nullish()).transform((value) => value ?? undefined)
  return { fullName, fields, decode: decode as z.ZodType<Decoded<F> | undefined>, unset: null }
}

/** @throws RpcError INVALID_ARGUMENT when a value has the wrong type */
export function decodeMessage<T>(type: Message<T>, json: JsonObject): T {
  const result = type.decode.safeParse(json)
  if (result.success && result.data !== undefined) return result.data
  const issue = result.error?.issues[0]
  const path = issue?.path.join('.') ?? ''
  throw new RpcError(
    'INVALID_ARGUMENT',
    `proto: invalid value for field ${path}: ${issue?.message ?? 'not an object'}`,
  )
}

/** Writes a message with every field that is not set, as the gateway does; `unset` says what becomes of those without a default. */
export function encodeMessage(type: Message, value: object, unset: 'omitted' | 'null'): JsonObject {
  const encoded: JsonObject = {}
  for (const [name, field] of Object.entries(type.fields)) {
    const own: unknown = Reflect.get(value, name) ?? field.unset
    if (own === null && unset === 'omitted') continue
    encoded[name] = isMessage(field) && isObject(own) ? encodeMessage(field, own, unset) : own
  }
  return encoded
}

/** `eks_cluster.region` → `['eksCluster', 'region']`; null when there is no such field. Paths are in snake_case only. */
export function resolvePath(type: Message, path: string): string[] | null {
  const names: string[] = []
  let at: Field | undefined = type
  for (const part of path.split('.')) {
    const name = toJsonName(part)
    at = isMessage(at) ? fieldOf(at, name) : undefined
    if (!at || toProtoName(name) !== part) return null
    names.push(name)
  }
  return names
}

export function fieldOf(type: Message, jsonName: string): Field | undefined {
  return Object.hasOwn(type.fields, jsonName) ? type.fields[jsonName] : undefined
}

export function toProtoName(jsonName: string): string {
  return jsonName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

export function toJsonName(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function toJsonNames(value: unknown): unknown {
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, own]) => [toJsonName(name), own]))
}

function ignore(): undefined {
  return undefined
}
