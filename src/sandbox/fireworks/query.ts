import { z } from 'zod'
import { toJsonName, toProtoName } from './message.ts'
import { RpcError } from './rpc-error.ts'

export const textParameter = z.string().default('')

const INT32_LIMIT = 2 ** 31

export const int32Parameter = z
  .string()
  .regex(/^[+-]?\d+$/, 'invalid syntax')
  .transform(Number)
  .refine((value) => value >= -INT32_LIMIT && value < INT32_LIMIT, 'value out of range')
  .default(0)

/** Epoch milliseconds. */
export const timestampParameter = z.iso
  .datetime({ offset: true, error: 'not a timestamp' })
  .transform((value) => Date.parse(value))
  .optional()

/** Comma-separated field paths, empty ones left out. They are not converted: only snake_case names mean anything. */
export const maskParameter = z
  .string()
  .default('')
  .transform((value) => value.split(',').filter((path) => path !== ''))

/**
 * Reads query parameters as the provider's gateway does: `page_size` and `pageSize` are one, unknown ones are ignored.
 * @throws RpcError INVALID_ARGUMENT for a malformed value and for one that is given twice
 */
export function readQuery<S extends z.ZodRawShape>(params: URLSearchParams, schema: z.ZodObject<S>) {
  const given: Record<string, string> = {}
  for (const name of new Set(params.keys())) {
    const field = toJsonName(name)
    if (!Object.hasOwn(schema.shape, field)) continue
    const [value = '', ...more] = params.getAll(name)
    if (more.length > 0)
      throw new RpcError(
        'INVALID_ARGUMENT',
        `too many values for field ${quote(toProtoName(field))}: ${[value, ...more].join(', ')}`,
      )
    given[field] = value
  }
  const result = schema.safeParse(given)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const field = String(issue?.path[0] ?? '')
  throw new RpcError(
    'INVALID_ARGUMENT',
    `parsing field ${quote(toProtoName(field))}: parsing ${quote(given[field] ?? '')}: ${issue?.message}`,
  )
}

function quote(value: string): string {
  return JSON.stringify(value)
}
