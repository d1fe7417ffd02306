import { z } from '@hono/zod-openapi'
import { invalid } from '../cluster/problem.ts'
import { cutMembers, type FieldMask } from './json-members.ts'

export const fieldsParameter = {
  fields: z.string().min(1).max(1000).optional().openapi({
    description:
      'Only these fields of each thing: names with commas between them, and dots before what lies within, such as `createdBy.displayName`. CSV keeps its columns, and leaves the others empty.',
    example: 'id',
  }),
}

/** Reads `id,name,labels.env`. @throws Problem `invalid-request` for a field that the schema does not have */
export function readFieldMask(text: string | undefined, schema: z.ZodObject): FieldMask {
  if (text === undefined) return null
  const mask: Exclude<FieldMask, null> = {}
  for (const field of text.split(',')) {
    const path = pathIn(schema, field.trim().split('.'))
    if (!path) {
      const known = Object.keys(schema.shape).join(', ')
      const detail = `“${field.slice(0, 60)}” is not a field: there are ${known}`
      throw invalid([{ pointer: 'query/fields', detail }])
    }
    keep(mask, path)
  }
  return mask
}

/** The path, with what follows a map taken for one key of it; null where the schema has no such field. */
function pathIn(schema: unknown, [field = '', ...rest]: string[]): string[] | null {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional)
    return pathIn(schema.unwrap(), [field, ...rest])
  // The key of a label has dots of its own; what lies in a provider's block has a path.
  if (schema instanceof z.ZodRecord) {
    return schema.valueType instanceof z.ZodString ? [[field, ...rest].join('.')] : [field, ...rest]
  }
  if (!(schema instanceof z.ZodObject)) return null
  const inner: unknown = Object.hasOwn(schema.shape, field) ? schema.shape[field] : undefined
  if (inner === undefined) return null
  if (rest.length === 0) return [field]
  const below = pathIn(inner, rest)
  return below && [field, ...below]
}

function keep(mask: Exclude<FieldMask, null>, [field = '', ...rest]: string[]): void {
  const known = Object.hasOwn(mask, field) ? mask[field] : undefined
  if (rest.length === 0 || known === null) {
    mask[field] = null
    return
  }
  const within = known ?? {}
  mask[field] = within
  keep(within, rest)
}

/** The documents with what the mask keeps of them. */
export function maskDocuments(documents: string[], mask: FieldMask): string[] {
  if (mask === null) return documents
  return documents.map((document) => cutMembers(document, mask))
}

/** The same, of documents that come some at a time. */
export async function* maskPages(pages: AsyncIterable<string[]>, mask: FieldMask): AsyncGenerator<string[]> {
  for await (const documents of pages) yield maskDocuments(documents, mask)
}
